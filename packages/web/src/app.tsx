// SPDX-License-Identifier: Apache-2.0
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createQueryClient } from "./shared/api/queries.js";
import { createAppRouter } from "./router.js";

const queryClient = createQueryClient(() => {
  // Whoever is signed out anywhere signs in again and comes back to the same place.
  queryClient.removeQueries({ queryKey: ["session"] });
  if (!["/sign-in", "/setup"].includes(router.state.location.pathname)) {
    void router.navigate({ to: "/sign-in", search: { to: router.state.location.href } });
  }
});
const router = createAppRouter(queryClient);

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
