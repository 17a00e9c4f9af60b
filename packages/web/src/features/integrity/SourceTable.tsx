// SPDX-License-Identifier: Apache-2.0
import { useQuery } from "@tanstack/react-query";
import { sourcesQuery } from "../../shared/api/queries.js";
import type { Source } from "../../shared/api/types.js";
import { formatCount } from "../../shared/format.js";
import { Problem, Skeleton } from "../../shared/ui/controls.js";
import { Text } from "../../shared/ui/Text.js";
import { Ago } from "../../shared/ui/Time.js";
import { sourcesAnswer, sourceWords, toShownSources } from "./source-words.js";

function SourceRow({ source }: { source: Source }) {
  const { words, isBad } = sourceWords(source);
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-4 py-2 text-left font-normal">
        <Text>{source.app}</Text>
        {source.instance !== undefined && (
          <span className="text-muted">
            {" "}
            <Text>{source.instance}</Text>
          </span>
        )}
      </th>
      <td className="px-4 py-2 text-right">{formatCount(source.lastSeq)}</td>
      <td className="px-4 py-2">
        <Ago time={source.lastReceived} />
      </td>
      <td className={`px-4 py-2 ${isBad ? "text-critical" : "text-muted"}`}>{words}</td>
    </tr>
  );
}

/** What the processes say of their own events: how many there are, and whether all have come. */
export function SourceTable() {
  const query = useQuery(sourcesQuery);
  if (query.data === undefined) {
    return query.isError ? (
      <Problem
        title="The sources cannot be read"
        message={query.error.message}
        retry={() => void query.refetch()}
      />
    ) : (
      <Skeleton className="h-12 w-full" />
    );
  }
  const shown = toShownSources(query.data.sources);
  return (
    <>
      <p className="px-4 py-2 text-s">{sourcesAnswer(query.data)}</p>
      {shown.length > 0 && (
        <table className="w-full text-s">
          <thead className="text-left text-muted">
            <tr className="border-t border-line">
              <th scope="col" className="px-4 py-2 font-normal">
                Application
              </th>
              <th scope="col" className="px-4 py-2 text-right font-normal">
                Last event
              </th>
              <th scope="col" className="px-4 py-2 font-normal">
                Heard
              </th>
              <th scope="col" className="px-4 py-2 font-normal">
                State
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((source) => (
              <SourceRow key={`${source.via} ${source.boot}`} source={source} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
