// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link, useRouterState } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { statusQuery } from "../../shared/api/queries.js";
import { countOf, formatCount } from "../../shared/format.js";
import { Popover } from "../../shared/ui/Popover.js";
import { Mark } from "../../shared/ui/Seal.js";
import { type PageEntry, PAGES, SETTINGS, WATCHING } from "./pages.js";

const ITEM =
  "relative h-14 flex-1 flex-col items-center justify-center gap-0.5 rounded text-s text-muted hover:bg-raised hover:text-ink md:flex-none";
const ACTIVE =
  "bg-raised font-medium text-ink before:absolute before:rounded-full before:bg-accent before:inset-x-4 before:top-0 before:h-0.5 md:before:inset-x-auto md:before:inset-y-3 md:before:left-0 md:before:h-auto md:before:w-0.5";

function Item({ page, children }: { page: PageEntry; children?: ReactNode }) {
  const Icon = page.icon;
  return (
    <Link
      to={page.to}
      className={`${ITEM} ${page.isNear ? "flex" : "hidden md:flex"}`}
      activeProps={{ className: ACTIVE, "aria-current": "page" }}
      activeOptions={{ includeSearch: false }}
    >
      <Icon size={18} aria-hidden="true" />
      {children}
      {page.label}
    </Link>
  );
}

/** How much waits behind a page; in colour when it should not have to. */
function Badge({ count, urgent, words }: { count: number; urgent: boolean; words: string }) {
  if (count === 0) return null;
  return (
    <span
      className={`absolute top-0.5 left-1/2 ml-2 min-w-5 rounded-full px-1 text-center text-s leading-4.5 font-semibold text-panel ${urgent ? "bg-critical" : "bg-muted"}`}
    >
      <span aria-hidden="true">{count > 99 ? "99+" : formatCount(count)}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

function OpenAlerts() {
  const { data } = useQuery(statusQuery);
  const open = data?.alerts.open ?? 0;
  return <Badge count={open} urgent words={countOf(open, "open alert")} />;
}

function OpenReviews() {
  const { data } = useQuery(statusQuery);
  const { open, overdue } = data?.reviews ?? { open: 0, overdue: 0 };
  const words = `${countOf(open, "review")} to sign, ${formatCount(overdue)} overdue`;
  return <Badge count={open} urgent={overdue > 0} words={words} />;
}

/** What has no place in the bar of a small screen. */
function More() {
  const far = PAGES.filter(({ isNear }) => !isNear);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const here = far.find(({ to }) => to === path);
  return (
    <div className="flex flex-1 md:hidden">
      <Popover
        label={here === undefined ? "More pages" : `More pages; this is ${here.label}`}
        align="end"
        buttonClass={`${ITEM} flex w-full ${here === undefined ? "" : ACTIVE}`}
        button={
          <>
            <Ellipsis size={18} aria-hidden="true" />
            More
          </>
        }
      >
        {(close) => (
          <ul className="w-48 p-1 text-s">
            {far.map(({ to, label, icon: Icon }) => (
              <li key={to}>
                <Link
                  to={to}
                  onClick={close}
                  activeProps={{ "aria-current": "page", className: "bg-raised font-medium" }}
                  activeOptions={{ includeSearch: false }}
                  className="flex h-10 items-center gap-2.5 rounded px-3 hover:bg-raised"
                >
                  <Icon size={16} aria-hidden="true" className="text-muted" /> {label}
                </Link>
              </li>
            ))}
          </ul>
        )}
      </Popover>
    </div>
  );
}

/** Navigation: a rail on the left, a bar at the bottom of a small screen. */
export function Rail() {
  return (
    <nav
      aria-label="Pages"
      className="scroll-slim order-last flex shrink-0 gap-1 border-t border-line bg-panel p-1 md:order-first md:w-24 md:flex-col md:overflow-y-auto md:border-t-0 md:border-r md:p-2"
    >
      <span className="hidden justify-center pt-0.5 pb-3 md:flex">
        <Mark size={26} />
      </span>
      {WATCHING.map((page) => (
        <Item key={page.to} page={page}>
          {page.to === "/alerts" && <OpenAlerts />}
          {page.to === "/reviews" && <OpenReviews />}
        </Item>
      ))}
      <p className="mt-2 hidden border-t border-line pt-2 text-center text-s text-muted md:block">Settings</p>
      {SETTINGS.map((page) => (
        <Item key={page.to} page={page} />
      ))}
      <More />
    </nav>
  );
}
