// SPDX-License-Identifier: Apache-2.0
import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { ApiError } from "../../shared/api/client.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";

/** The grey shape of a page while its code arrives. */
export function PageSkeleton() {
  return (
    <div className="p-4 md:p-6" aria-busy="true">
      <Skeleton className="h-7 w-2/3" />
      <Skeleton className="mt-4 h-32 w-full" />
      <Skeleton className="mt-4 h-96 w-full" />
    </div>
  );
}

export function PageError({ error, reset }: ErrorComponentProps) {
  const message =
    error instanceof ApiError ? error.message : "This page stopped because of a fault in Telltale's UI.";
  return (
    <div className="mx-auto max-w-2xl p-6">
      <Problem
        title={
          error instanceof ApiError && error.status === 0
            ? "The server does not answer"
            : "This page cannot be shown"
        }
        message={message}
        retry={() => {
          reset();
          window.location.reload();
        }}
      />
    </div>
  );
}

export function NotFound() {
  return (
    <main className="p-6">
      <h1 className="text-l font-semibold">There is no such page</h1>
      <p className="mt-1 text-muted">
        The address may be mistyped, or from a newer version.{" "}
        <Link to="/events" className="text-accent underline">
          Go to the events
        </Link>
        .
      </p>
    </main>
  );
}
