// SPDX-License-Identifier: Apache-2.0
import { useMatch } from "@tanstack/react-router";
import { IntegrityBadge } from "../integrity/IntegrityBadge.js";
import { LiveSwitch } from "../events/LiveSwitch.js";
import { QueryBar } from "../events/QueryBar.js";
import { RangePicker } from "../events/RangePicker.js";
import { UserMenu } from "./UserMenu.js";

/** Search, time range, live switch, integrity, who you are. Range and live belong to the events. */
export function TopBar({ onHelp }: { onHelp: () => void }) {
  // The match, not the address: the address changes first, and these controls read the match.
  const onEvents = useMatch({ from: "/app/events", shouldThrow: false }) !== undefined;
  return (
    <header className="z-20 flex shrink-0 flex-wrap items-center gap-x-1.5 gap-y-2 border-b md:gap-x-2 border-line bg-panel px-3 py-2 md:flex-nowrap md:px-4">
      <div className="order-last w-full min-w-0 md:order-none md:w-auto md:flex-1">
        <QueryBar />
      </div>
      {onEvents && (
        <>
          <RangePicker />
          <LiveSwitch />
        </>
      )}
      <div className="ml-auto flex items-center md:ml-0 md:gap-1">
        <IntegrityBadge />
        <UserMenu onHelp={onHelp} />
      </div>
    </header>
  );
}
