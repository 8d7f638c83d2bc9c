import type { LogEntryBody } from "#shared/routes/teamRoutes.ts";
import { ApiError } from "../../api/apiError.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

/** Who changed the team. Owner and administrators can read it. */
export const TeamLog = () => {
  const list = { method: "GET", path: fleetPath("/team-log") } as const;
  const { data, error, reload } = useLoaded(list.path, (signal) =>
    request<{ log: readonly LogEntryBody[] }>(list, signal),
  );
  if (error instanceof ApiError && error.code === "unauthorized") return null;
  return (
    <Card title="Changes of the team" actions={<Curl action="List changes" request={list} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.log.length === 0 && <p class="muted">Nothing has changed yet.</p>}
      {data !== undefined && data.log.length > 0 && (
        <Table
          label="Changes of the team"
          rows={data.log}
          keyOf={({ at, action, subject }) => `${at} ${action} ${subject}`}
          columns={[
            { title: "When", cell: ({ at }) => <Ago at={at} /> },
            { title: "By", cell: ({ by }) => <Text value={by} max={100} /> },
            { title: "What", cell: ({ action }) => action },
            { title: "Who", cell: ({ subject }) => <Text value={subject} max={100} /> },
            { title: "Detail", cell: ({ detail }) => <Text value={detail ?? ""} max={100} /> },
          ]}
        />
      )}
    </Card>
  );
};
