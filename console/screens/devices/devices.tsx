import type { DeviceBody } from "../../api/replies.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { useTyped } from "../../live/useTyped.ts";
import { navigate, product, query, setQuery, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { type DevicePage, type DeviceQuery, devicesRequest, listDevices } from "./listDevices.ts";

/** How often the states on the screen are read again. */
const renewMs = 15_000;

const columns: readonly Column<DeviceBody>[] = [
  {
    title: "Name",
    cell: ({ id, name }) => (
      <a href={urlOf(`/devices/${id}`)}>
        <Text value={name ?? id} />
      </a>
    ),
  },
  {
    title: "State",
    cell: ({ online, quarantined }) => {
      if (quarantined) return <Status kind="bad">quarantined</Status>;
      return online ? <Status kind="good">online</Status> : <Status kind="off">offline</Status>;
    },
  },
  { title: "Last heard", cell: ({ last_heard }) => <Ago at={last_heard} /> },
  { title: "Firmware", cell: ({ firmware }) => <Text value={firmware ?? "–"} max={40} /> },
  { title: "Id", cell: ({ id }) => <code>{id}</code> },
];

const filters = ["search", "online", "firmware", "sort"] as const;

const readQuery = (): DeviceQuery =>
  Object.fromEntries(
    [...filters, "cursor"].map((name) => [name, query.value.get(name) ?? undefined]),
  );

/** The devices of the fleet, a page at a time. */
export const Devices = () => {
  const asked = readQuery();
  const settled = useTyped(JSON.stringify(asked));
  const list = useLoaded(
    `${product.value ?? ""} ${settled}`,
    (signal) => listDevices(asked, { signal }),
    { everyMs: renewMs },
  );
  return (
    <Screen
      title="Devices"
      actions={
        <>
          <Curl action="List these devices" request={devicesRequest(asked)} />
          <a class="button primary" href={urlOf("/devices/new")}>
            Provision a device
          </a>
        </>
      }
    >
      <Filters asked={asked} />
      <Page asked={asked} list={list} />
    </Screen>
  );
};

const Filters = ({ asked }: { asked: DeviceQuery }) => {
  const set = (name: keyof DeviceQuery) => (value: string) =>
    setQuery({ [name]: value, cursor: undefined });
  return (
    <search class="filters">
      <Field
        label="Search"
        type="search"
        placeholder="Name or id"
        value={asked.search ?? ""}
        onInput={set("search")}
      />
      <Select
        label="State"
        value={asked.online ?? ""}
        options={[
          ["", "All"],
          ["true", "Online"],
          ["false", "Offline"],
        ]}
        onChange={set("online")}
      />
      <Field
        label="Firmware"
        placeholder="Exact version"
        value={asked.firmware ?? ""}
        onInput={set("firmware")}
      />
      <Select
        label="Order"
        value={asked.sort ?? ""}
        options={[
          ["", "Name"],
          ["last_heard", "Last heard"],
          ["created", "Created"],
        ]}
        onChange={set("sort")}
      />
    </search>
  );
};

const Page = ({ asked, list }: { asked: DeviceQuery; list: Loaded<DevicePage> }) => {
  const { data, error, reload } = list;
  if (data === undefined) return <LoadState data={data} error={error} reload={reload} />;
  const { devices, cursor } = data;
  if (devices.length === 0 && cursor === undefined) return <NoDevices asked={asked} />;
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      <section class="card" aria-label="Devices">
        <Table label="Devices" columns={columns} rows={devices} keyOf={({ id }) => id} />
      </section>
      <Pager hasBefore={asked.cursor !== undefined} cursor={cursor} />
    </>
  );
};

const NoDevices = ({ asked }: { asked: DeviceQuery }) => {
  if (Object.values(asked).some((value) => value !== undefined)) {
    return (
      <Empty title="No device matches.">
        <Button onClick={() => navigate(urlOf("/devices"))}>Show all devices</Button>
      </Empty>
    );
  }
  return (
    <Empty title="There are no devices yet.">
      <p>
        A device needs a certificate to connect. Provision one to get its certificate, its key and
        the commands to publish the first event.
      </p>
      <a class="button primary" href={urlOf("/devices/new")}>
        Provision a device
      </a>
    </Empty>
  );
};
