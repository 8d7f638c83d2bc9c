import { devicePath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

interface Change {
  readonly at: string;
  readonly online: boolean;
  readonly reason?: string;
  readonly region: string;
}

const renewMs = 15_000;

/** The latest connects and disconnects of the device. */
export const DevicePresence = ({ device }: { device: string }) => {
  const list = {
    method: "GET",
    path: devicePath(device, "/presence"),
    query: { limit: 20 },
  } as const;
  const { data, error, reload } = useLoaded(
    device,
    (signal) => request<{ changes: readonly Change[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Presence" actions={<Curl action="List connects and disconnects" request={list} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.changes.length === 0 && (
        <p class="muted">The device has not connected in the last 30 days.</p>
      )}
      {data !== undefined && data.changes.length > 0 && (
        <Table
          label="Presence"
          rows={data.changes}
          keyOf={({ at, online, region }) => `${at} ${online} ${region}`}
          columns={[
            { title: "When", cell: ({ at }) => <Ago at={at} /> },
            {
              title: "State",
              cell: ({ online }) => (
                <Status kind={online ? "good" : "off"}>
                  {online ? "connected" : "disconnected"}
                </Status>
              ),
            },
            { title: "Reason", cell: ({ reason }) => <Text value={reason ?? ""} max={60} /> },
            { title: "Region", cell: ({ region }) => region },
          ]}
        />
      )}
    </Card>
  );
};
