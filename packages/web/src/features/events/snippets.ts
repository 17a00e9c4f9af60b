// SPDX-License-Identifier: Apache-2.0
// The three ways to a first event, ready to copy. Pure.

export interface Snippet {
  id: "sdk" | "curl" | "import";
  label: string;
  text: string;
}

/** `key` is a fresh ingest key, or a name that stands for one. An import needs another, which the page does not make. */
export function toSnippets(url: string, key: string): Snippet[] {
  return [
    {
      id: "sdk",
      label: "SDK",
      text: `// The SDK is not on npm yet. In the clone of Telltale:
//   npm pack --workspace packages/sdk --pack-destination /tmp
// In your application:
//   npm install /tmp/telltale-sdk-0.1.0.tgz

import { createTelltale } from "@telltale/sdk";

const telltale = createTelltale({
  app: "my-app",
  url: "${url}",
  key: "${key}",
});
telltale.authn.loginFail({
  actor: { type: "user", id: "alice" },
  client: { ip: "203.0.113.7" },
  reason: "bad_password",
});`,
    },
    {
      id: "curl",
      label: "curl",
      text: `curl ${url}/v1/events \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"action":"authn_login_fail","outcome":"failure","source":{"app":"my-app"},
       "actor":{"type":"user","id":"alice"},"client":{"ip":"203.0.113.7"},"reason":"bad_password"}'`,
    },
    {
      id: "import",
      label: "Import",
      text: `# Use a key of role backfill, or old events are judged by when they arrive:
#   npx telltale keys create --role backfill --name import --data telltale-data

# sign-ins that this machine already recorded
npx telltale import --format sshd /var/log/auth.log --url ${url} --key BACKFILL_KEY

# or one JSON event a line
npx telltale import --format jsonl events.jsonl --url ${url} --key BACKFILL_KEY`,
    },
  ];
}
