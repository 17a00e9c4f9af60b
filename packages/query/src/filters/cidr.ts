// SPDX-License-Identifier: Apache-2.0
import { IP_KEY_COLUMN } from "../columns.js";
import { QueryError } from "../error.js";
import { mustField } from "../fields.js";
import { formatQuotedOrBare } from "../format-value.js";
import { isLiteral, literalOf } from "../glob.js";
import { toIpKey, toNetwork } from "../ip.js";
import type { FilterKind } from "../query.js";
import { someValue } from "../values.js";

/** `client.ip:10.0.0.0/8`, `ip:2001:db8::/32`. */
export interface CidrFilter {
  readonly kind: "cidr";
  readonly field: string;
  readonly network: string;
}

export const cidr: FilterKind<CidrFilter> = {
  read(field, value) {
    if (field.type !== "ip" || value.type !== "plain" || !isLiteral(value.glob)) return undefined;
    const network = literalOf(value.glob);
    if (!network.includes("/")) return undefined;
    if (toNetwork(network) === undefined) {
      // In quotes it is the text that a sender put there.
      if (value.quoted) return undefined;
      throw new QueryError("bad_address", `"${network}" is not a network such as 10.0.0.0/8`, value.position);
    }
    return { kind: "cidr", field: field.name, network };
  },
  format: ({ field, network }) => `${field}:${formatQuotedOrBare(network)}`,
  compile(filter) {
    const field = mustField(filter.field);
    const { first, last } = mustNetwork(filter.network);
    return (event) =>
      someValue(event, field, (value) => {
        const key = typeof value === "string" ? toIpKey(value) : undefined;
        return key !== undefined && key >= first && key <= last;
      });
  },
  toSql(filter, sql) {
    const { first, last } = mustNetwork(filter.network);
    return `(${IP_KEY_COLUMN} BETWEEN ${sql.param(first)} AND ${sql.param(last)})`;
  },
};

function mustNetwork(text: string): { first: string; last: string } {
  const network = toNetwork(text);
  if (network === undefined) throw new Error(`BUG: "${text}" is not a network`);
  return network;
}
