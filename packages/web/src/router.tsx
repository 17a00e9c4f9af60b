// SPDX-License-Identifier: Apache-2.0
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { parseAlertsSearch } from "./features/alerts/search-state.js";
import { parseAnomaliesSearch } from "./features/anomalies/search-state.js";
import { parseEventsSearch } from "./features/events/search-state.js";
import { parseForwardingSearch } from "./features/forwarding/search-state.js";
import { parseKeysSearch } from "./features/keys/search-state.js";
import { parseNotificationsSearch } from "./features/notifications/search-state.js";
import { parseProtectionSearch } from "./features/protection/search-state.js";
import { parseReviewsSearch } from "./features/reviews/search-state.js";
import { SetupPage } from "./features/session/SetupPage.js";
import { SignInPage } from "./features/session/SignInPage.js";
import { parseSignInSearch } from "./features/session/search-state.js";
import { NotFound, PageError, PageSkeleton } from "./features/shell/fallbacks.js";
import { Shell } from "./features/shell/Shell.js";
import { parseStorageSearch } from "./features/storage/search-state.js";
import { ApiError } from "./shared/api/client.js";
import { needsSetupQuery, sessionQuery } from "./shared/api/queries.js";
import { TipLayer } from "./shared/ui/TipLayer.js";
import { ToastLayer } from "./shared/ui/toast.js";
import { parseUrlSearch, toUrlSearch } from "./shared/url.js";

const rootRoute = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: () => (
    <>
      <Outlet />
      <ToastLayer />
      <TipLayer />
    </>
  ),
  notFoundComponent: NotFound,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: parseSignInSearch,
  component: SignInPage,
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: SetupPage,
});

/** Everything behind it needs a session. */
const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        context.queryClient.setQueryData(needsSetupQuery.queryKey, error.setup);
        const to = location.href === "/" || location.href === "/events" ? undefined : location.href;
        throw redirect({ to: "/sign-in", search: to === undefined ? {} : { to } });
      }
      throw error;
    }
  },
  component: Shell,
  errorComponent: PageError,
});

const indexRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/events" });
  },
});

const eventsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/events",
  validateSearch: parseEventsSearch,
  component: lazyRouteComponent(() => import("./features/events/EventsPage.js"), "EventsPage"),
});

const alertsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/alerts",
  validateSearch: parseAlertsSearch,
  component: lazyRouteComponent(() => import("./features/alerts/AlertsPage.js"), "AlertsPage"),
});

const reviewsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/reviews",
  validateSearch: parseReviewsSearch,
  component: lazyRouteComponent(() => import("./features/reviews/ReviewsPage.js"), "ReviewsPage"),
});

const reviewRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/reviews/$id",
  component: lazyRouteComponent(() => import("./features/reviews/ReviewPage.js"), "ReviewPage"),
});

const integrityRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/integrity",
  component: lazyRouteComponent(() => import("./features/integrity/IntegrityPage.js"), "IntegrityPage"),
});

const anomaliesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/anomalies",
  validateSearch: parseAnomaliesSearch,
  component: lazyRouteComponent(() => import("./features/anomalies/AnomaliesPage.js"), "AnomaliesPage"),
});

const protectionRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/protection",
  validateSearch: parseProtectionSearch,
  component: lazyRouteComponent(() => import("./features/protection/ProtectionPage.js"), "ProtectionPage"),
});

const erasuresRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/protection/erasures",
  component: lazyRouteComponent(() => import("./features/protection/ErasuresPage.js"), "ErasuresPage"),
});

const forwardingRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/forwarding",
  validateSearch: parseForwardingSearch,
  component: lazyRouteComponent(() => import("./features/forwarding/ForwardingPage.js"), "ForwardingPage"),
});

const notificationsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/notifications",
  validateSearch: parseNotificationsSearch,
  component: lazyRouteComponent(
    () => import("./features/notifications/NotificationsPage.js"),
    "NotificationsPage",
  ),
});

const storageRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/storage",
  validateSearch: parseStorageSearch,
  component: lazyRouteComponent(() => import("./features/storage/StoragePage.js"), "StoragePage"),
});

const keysRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/keys",
  validateSearch: parseKeysSearch,
  component: lazyRouteComponent(() => import("./features/keys/KeysPage.js"), "KeysPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  setupRoute,
  appRoute.addChildren([
    indexRoute,
    eventsRoute,
    alertsRoute,
    anomaliesRoute,
    reviewsRoute,
    reviewRoute,
    integrityRoute,
    protectionRoute,
    erasuresRoute,
    forwardingRoute,
    notificationsRoute,
    storageRoute,
    keysRoute,
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    parseSearch: parseUrlSearch,
    stringifySearch: toUrlSearch,
    defaultPreload: "intent",
    defaultErrorComponent: PageError,
    defaultPendingComponent: PageSkeleton,
    defaultPendingMs: 150,
    defaultPendingMinMs: 0,
  });
}
