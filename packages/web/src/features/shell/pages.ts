// SPDX-License-Identifier: Apache-2.0
// Every page that can be gone to, once: for the rail, the bar of a small screen, and the keys.
import {
  Activity,
  BellRing,
  ClipboardCheck,
  Database,
  EyeOff,
  KeyRound,
  List,
  type LucideIcon,
  Megaphone,
  Send,
  ShieldCheck,
} from "lucide-react";

export interface PageEntry {
  readonly to:
    | "/events"
    | "/alerts"
    | "/anomalies"
    | "/reviews"
    | "/integrity"
    | "/protection"
    | "/forwarding"
    | "/notifications"
    | "/storage"
    | "/keys";
  readonly label: string;
  readonly icon: LucideIcon;
  /** The second half of the chord that begins with g. */
  readonly key: string;
  /** In the bar at the bottom of a small screen; the others stand under More. */
  readonly isNear: boolean;
}

/** What people look at every day. */
export const WATCHING: readonly PageEntry[] = [
  { to: "/events", label: "Events", icon: List, key: "e", isNear: true },
  { to: "/alerts", label: "Alerts", icon: BellRing, key: "a", isNear: true },
  { to: "/anomalies", label: "Anomalies", icon: Activity, key: "n", isNear: false },
  { to: "/reviews", label: "Reviews", icon: ClipboardCheck, key: "r", isNear: true },
  { to: "/integrity", label: "Integrity", icon: ShieldCheck, key: "i", isNear: true },
];

/** How the server is set up. */
export const SETTINGS: readonly PageEntry[] = [
  { to: "/protection", label: "Protection", icon: EyeOff, key: "p", isNear: false },
  { to: "/forwarding", label: "Forwarding", icon: Send, key: "f", isNear: false },
  { to: "/notifications", label: "Notify", icon: Megaphone, key: "o", isNear: false },
  { to: "/storage", label: "Storage", icon: Database, key: "s", isNear: false },
  { to: "/keys", label: "API keys", icon: KeyRound, key: "k", isNear: false },
];

export const PAGES: readonly PageEntry[] = [...WATCHING, ...SETTINGS];
