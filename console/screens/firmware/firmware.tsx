import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { FirmwareBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { number } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { InProduct } from "./inProduct.tsx";
import { UploadFirmware } from "./uploadFirmware.tsx";

const renewMs = 30_000;

/** The firmware versions of a product. */
export const Firmware = () => (
  <InProduct title="Firmware">
    <Versions />
  </InProduct>
);

const Versions = () => {
  const list: ApiRequest = { method: "GET", path: fleetPath("/firmware") };
  const { data, error, reload } = useLoaded(
    list.path,
    (signal) => request<readonly FirmwareBody[]>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Screen title="Firmware" actions={<Curl action="List firmware versions" request={list} />}>
      <LoadState data={data} error={error} reload={reload} />
      {data?.length === 0 && (
        <Empty title="There are no firmware versions yet.">
          <p>
            Upload an image. Devices that check signatures install it only if{" "}
            <code>npm run firmware -- sign</code> has signed it.
          </p>
        </Empty>
      )}
      {data !== undefined && data.length > 0 && <VersionTable versions={data} />}
      <UploadFirmware reload={reload} />
    </Screen>
  );
};

/** Whether an image has a valid signature. */
export const Signed = ({ signed }: Pick<FirmwareBody, "signed">) =>
  signed ? <Status kind="good">signed</Status> : <Status kind="warn">unsigned</Status>;

const VersionTable = ({ versions }: { versions: readonly FirmwareBody[] }) => (
  <section class="card" aria-label="Firmware versions">
    <Table
      label="Firmware versions"
      rows={versions}
      keyOf={({ version }) => String(version)}
      columns={[
        {
          title: "Version",
          cell: ({ version, title }) => (
            <a href={urlOf(`/firmware/${version}`)}>
              {version}: <Text value={title} max={60} />
            </a>
          ),
        },
        { title: "Signature", cell: ({ signed }) => <Signed signed={signed} /> },
        {
          title: "Released",
          cell: ({ released_at: at, product_default: isDefault, groups }) => (
            <>
              {at === null ? <span class="muted">never</span> : <Ago at={at} />}
              {isDefault && " · default"}
              {groups.length > 0 && <Text value={` · ${groups.join(", ")}`} max={80} />}
            </>
          ),
        },
        { title: "Devices", isNumber: true, cell: ({ device_count: count }) => number(count) },
        { title: "Bytes", isNumber: true, cell: ({ size }) => number(size) },
        { title: "Uploaded", cell: ({ uploaded_on: at }) => <Ago at={at} /> },
        {
          title: "By",
          cell: ({ uploaded_by: { username } }) => <Text value={username} max={60} />,
        },
      ]}
    />
  </section>
);
