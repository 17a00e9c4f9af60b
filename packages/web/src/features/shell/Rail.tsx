// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing, List, ShieldCheck } from "lucide-react";
import type { ReactNode } from "react";
import { statusQuery } from "../../shared/api/queries.js";
import { countOf, formatCount } from "../../shared/format.js";
import { Mark } from "../../shared/ui/Seal.js";

const ITEM =
  "relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 rounded text-s text-muted hover:bg-raised hover:text-ink md:flex-none";
const ACTIVE =
  "bg-raised font-medium text-ink before:absolute before:rounded-full before:bg-accent before:inset-x-4 before:top-0 before:h-0.5 md:before:inset-x-auto md:before:inset-y-3 md:before:left-0 md:before:h-auto md:before:w-0.5";

function Item({
  to,
  label,
  children,
}: {
  to: "/events" | "/alerts" | "/integrity";
  label: string;
  children: ReactNode;
}) {
  return (
    <Link
      to={to}
      className={ITEM}
      activeProps={{ className: ACTIVE, "aria-current": "page" }}
      activeOptions={{ includeSearch: false }}
    >
      {children}
      {label}
    </Link>
  );
}

/** Navigation: a rail on the left, a bar at the bottom of a small screen. */
export function Rail() {
  const { data } = useQuery(statusQuery);
  const open = data?.alerts.open ?? 0;
  return (
    <nav
      aria-label="Pages"
      className="order-last flex shrink-0 gap-1 border-t border-line bg-panel p-1 md:order-first md:w-20 md:flex-col md:border-t-0 md:border-r md:p-2"
    >
      <span className="hidden justify-center pt-0.5 pb-3 md:flex">
        <Mark size={26} />
      </span>
      <Item to="/events" label="Events">
        <List size={18} aria-hidden="true" />
      </Item>
      <Item to="/alerts" label="Alerts">
        <BellRing size={18} aria-hidden="true" />
        {open > 0 && (
          <span className="absolute top-0.5 left-1/2 ml-2 min-w-5 rounded-full bg-critical px-1 text-center text-s leading-4.5 font-semibold text-panel">
            <span aria-hidden="true">{open > 99 ? "99+" : formatCount(open)}</span>
            <span className="sr-only">{countOf(open, "open alert")}</span>
          </span>
        )}
      </Item>
      <Item to="/integrity" label="Integrity">
        <ShieldCheck size={18} aria-hidden="true" />
      </Item>
    </nav>
  );
}
