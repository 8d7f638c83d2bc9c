import { ApiError } from "../../api/apiError.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { AuditEntryBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Problem } from "../../ui/problem.tsx";
import { EntryTable } from "../activity/entryTable.tsx";

const limit = 20;

/** The latest changes of people and API users. Owner and administrators can read them. */
export const TeamChanges = () => {
  const list: ApiRequest = {
    method: "GET",
    path: fleetPath("/audit"),
    query: { action: "member", limit },
  };
  const { data, error, reload } = useLoaded(list.path, (signal) =>
    request<{ entries: readonly AuditEntryBody[] }>(list, signal),
  );
  if (error instanceof ApiError && error.code === "unauthorized") return null;
  return (
    <Card title="Latest changes" actions={<Curl action="List changes" request={list} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.entries.length === 0 && <p class="muted">Nothing has changed in 90 days.</p>}
      {data !== undefined && data.entries.length > 0 && <EntryTable entries={data.entries} />}
      <p>
        <a href={urlOf("/activity")}>All changes of the product</a>
      </p>
    </Card>
  );
};
