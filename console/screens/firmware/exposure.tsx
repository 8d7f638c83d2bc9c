import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ExposureBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { query, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { Download } from "./download.tsx";

type Exposed = ExposureBody["devices"][number];

/** The devices that run a firmware version or have ever run it. */
export const Exposure = ({ version }: { version: number }) => {
  const cursor = query.value.get("cursor") ?? undefined;
  const path = fleetPath(`/firmware/${version}/exposure`);
  const list: ApiRequest = { method: "GET", path, query: { limit: 50, cursor } };
  const { data, error, reload } = useLoaded(`${path} ${cursor ?? ""}`, (signal) =>
    request<ExposureBody>(list, signal),
  );
  return (
    <Card
      title="Who runs it, and who ever ran it"
      actions={
        <>
          <Curl action="List these devices" request={list} />
          <Download
            of={{ path, method: "GET", query: { format: "csv" } }}
            name={`exposure-${version}.csv`}
          >
            CSV
          </Download>
          <Download of={{ path, method: "GET" }} name={`exposure-${version}.json`}>
            JSON
          </Download>
        </>
      }
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.devices.length === 0 && <p class="muted">No device has reported this version.</p>}
      {data !== undefined && data.devices.length > 0 && (
        <>
          <ExposureTable devices={data.devices} ownHash={data.sha256} />
          <Pager
            label="Pages of devices"
            hasBefore={cursor !== undefined}
            cursor={data.cursor ?? undefined}
          />
        </>
      )}
    </Card>
  );
};

const ExposureTable = ({
  devices,
  ownHash,
}: {
  devices: readonly Exposed[];
  ownHash: string | null;
}) => (
  <Table
    label="Devices that run the version or have ever run it"
    rows={devices}
    keyOf={({ id }) => id}
    columns={[
      {
        title: "Device",
        cell: ({ id, name, in_product: isMember }) =>
          isMember ? (
            <a href={urlOf(`/devices/${id}`)}>
              <Text value={name ?? id} max={64} />
            </a>
          ) : (
            <>
              <code>{id}</code> <span class="muted">has left the product</span>
            </>
          ),
      },
      {
        title: "Now",
        cell: ({ runs_now: runs, version_now: now }) =>
          runs ? (
            <Status kind="good">runs it</Status>
          ) : (
            <Status kind="off">{now === null ? "unknown" : `version ${now}`}</Status>
          ),
      },
      { title: "First seen", cell: ({ first_seen: at }) => <Ago at={at} /> },
      {
        title: "Last seen",
        cell: ({ runs_now: runs, last_seen: at }) => (runs ? "now" : <Ago at={at} />),
      },
      {
        title: "Image",
        cell: ({ sha256 }) => {
          if (sha256 === null) return <span class="muted">not reported</span>;
          return sha256 === ownHash || ownHash === null ? (
            "of this version"
          ) : (
            <Status kind="bad">another image</Status>
          );
        },
      },
      { title: "Regions", cell: ({ regions }) => regions.join(", ") },
    ]}
  />
);
