// SPDX-License-Identifier: Apache-2.0
import { QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, api } from "./client.js";

type OnSignedOut = () => void;

/** A client that retries what may pass by itself, and tells when the session is over. */
export function createQueryClient(onSignedOut: OnSignedOut): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) =>
          failures < 3 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      },
    },
  });
}

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => api.session(),
  staleTime: 5 * 60_000,
});

/** Whether no administrator exists yet: what the server says to somebody who is not signed in. */
export const needsSetupQuery = queryOptions({
  queryKey: ["needs-setup"],
  queryFn: () =>
    api.session().then(
      () => false,
      (error: unknown) => error instanceof ApiError && error.setup,
    ),
  staleTime: Number.POSITIVE_INFINITY,
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => api.status(signal),
  refetchInterval: 10_000,
  staleTime: 2000,
});

export const sourcesQuery = queryOptions({
  queryKey: ["sources"],
  queryFn: ({ signal }) => api.sources(signal),
  refetchInterval: 10_000,
  staleTime: 2000,
});
