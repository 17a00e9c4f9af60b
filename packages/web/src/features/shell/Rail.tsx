// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BellRing, ClipboardCheck, List, ShieldCheck } from "lucide-react";
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
  to: "/events" | "/alerts" | "/reviews" | "/integrity";
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

/** Navigation: a rail on the left, a bar at the bottom of a small screen. */
export function Rail() {
  const { data } = useQuery(statusQuery);
  const open = data?.alerts.open ?? 0;
  const reviews = data?.reviews ?? { open: 0, overdue: 0 };
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
        <Badge count={open} urgent words={countOf(open, "open alert")} />
      </Item>
      <Item to="/reviews" label="Reviews">
        <ClipboardCheck size={18} aria-hidden="true" />
        <Badge
          count={reviews.open}
          urgent={reviews.overdue > 0}
          words={`${countOf(reviews.open, "review")} to sign, ${formatCount(reviews.overdue)} overdue`}
        />
      </Item>
      <Item to="/integrity" label="Integrity">
        <ShieldCheck size={18} aria-hidden="true" />
      </Item>
    </nav>
  );
}
