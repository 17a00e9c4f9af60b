// SPDX-License-Identifier: Apache-2.0
import { parseQuery, QueryError } from "@telltale/query";

export interface QueryProblem {
  message: string;
  /** Offset in the query, in UTF-16 units. */
  position?: number;
}

/** What is wrong with a query, before the server is asked. */
export function checkQuery(query: string): QueryProblem | undefined {
  if (query.trim() === "") return undefined;
  try {
    parseQuery(query);
    return undefined;
  } catch (error) {
    if (error instanceof QueryError) return { message: error.message, position: error.position };
    throw error;
  }
}
