// SPDX-License-Identifier: Apache-2.0

/**
 * The compiled file of a worker that lies beside the caller. Threads need JavaScript also when the caller runs
 * from source, as it does in tests: then the file comes from `dist`, which a build has made.
 */
export function workerFile(callerUrl: string, callerName: string, workerName: string): URL {
  const compiled = callerUrl.replace(
    new RegExp(`/src/(.*)${callerName}\\.ts(\\?.*)?$`),
    `/dist/$1${callerName}.js`,
  );
  return new URL(`./${workerName}.js`, compiled);
}

/** A caller that runs from source resolves packages to source too, by a condition that the thread must not inherit. */
export function execArgvOf(callerUrl: string): { execArgv?: string[] } {
  return /\.ts(\?.*)?$/.test(callerUrl) ? { execArgv: [] } : {};
}
