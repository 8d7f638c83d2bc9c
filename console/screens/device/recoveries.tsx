import { devicePath } from "../../api/fleet.ts";
import type { RecoveryBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";

const meanings: Readonly<Record<RecoveryBody["issue"], string>> = {
  session_lost: "The session of the connection was missing.",
  presence_wrong: "The stored presence differed from the broker's.",
  connection_dead: "The device did not answer; its connection was closed.",
  silent: "The device was overdue and sends messages again.",
};

/** What the cloud has corrected by itself in the last 30 days. */
export const DeviceRecoveries = ({ device }: { device: string }) => {
  const list = {
    method: "GET",
    path: devicePath(device, "/recoveries"),
    query: { limit: 10 },
  } as const;
  const { data, error, reload } = useLoaded(device, (signal) =>
    request<{ recoveries: readonly RecoveryBody[] }>(list, signal),
  );
  return (
    <Card title="Recoveries" actions={<Curl action="List recoveries" request={list} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.recoveries.length === 0 && (
        <p class="muted">Nothing had to be corrected in the last 30 days.</p>
      )}
      {data !== undefined && data.recoveries.length > 0 && (
        <Table
          label="Recoveries"
          rows={data.recoveries}
          keyOf={({ at, issue, region }) => `${at} ${issue} ${region}`}
          columns={[
            { title: "When", cell: ({ at }) => <Ago at={at} /> },
            { title: "What", cell: ({ issue }) => meanings[issue] },
            { title: "Region", cell: ({ region }) => region },
          ]}
        />
      )}
    </Card>
  );
};
