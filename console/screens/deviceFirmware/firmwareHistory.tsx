import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { FirmwareChangeBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

const renewMs = 30_000;

/** Which firmware versions of the product the device has reported, and since when. */
export const FirmwareHistory = ({ device }: { device: string }) => {
  const list: ApiRequest = {
    method: "GET",
    path: devicePath(device, "/firmware-history"),
    query: { limit: 50 },
  };
  const { data, error, reload } = useLoaded(
    list.path,
    (signal) => request<{ changes: readonly FirmwareChangeBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Firmware history" actions={<Curl action="List changes" request={list} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.changes.length === 0 && (
        <p class="muted">The device has reported no numbered version in this product.</p>
      )}
      {data !== undefined && data.changes.length > 0 && (
        <Table
          label="Firmware history"
          rows={data.changes}
          keyOf={({ at, region }) => `${at} ${region}`}
          columns={[
            { title: "Since", cell: ({ at }) => <Ago at={at} /> },
            {
              title: "Version",
              cell: ({ version }) => <a href={urlOf(`/firmware/${version}`)}>{version}</a>,
            },
            {
              title: "Image (SHA-256)",
              cell: ({ sha256 }) => <Text value={sha256 ?? "not reported"} max={16} />,
            },
            { title: "Region", cell: ({ region }) => region },
          ]}
        />
      )}
    </Card>
  );
};
