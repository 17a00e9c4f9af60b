// SPDX-License-Identifier: Apache-2.0
import type { FilterKind } from "../query.js";
import { cidr, type CidrFilter } from "./cidr.js";
import { compare, type CompareFilter } from "./compare.js";
import { exists, type ExistsFilter } from "./exists.js";
import { match, type MatchFilter } from "./match.js";
import { range, type RangeFilter } from "./range.js";
import { text, type TextFilter } from "./text.js";
import { wildcard, type WildcardFilter } from "./wildcard.js";

/** A leaf of a query. */
export type Filter =
  | ExistsFilter
  | RangeFilter
  | CompareFilter
  | CidrFilter
  | WildcardFilter
  | MatchFilter
  | TextFilter;

/** Every kind of filter, in the order in which they are asked whether a value is theirs. */
export const FILTERS: { readonly [K in Filter["kind"]]: FilterKind<Extract<Filter, { kind: K }>> } = {
  exists,
  range,
  compare,
  cidr,
  wildcard,
  match,
  text,
};

/** The kind of a filter, typed so that it takes that filter. */
export function kindOf(filter: Filter): FilterKind<Filter> {
  return FILTERS[filter.kind];
}
