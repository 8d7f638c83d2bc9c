import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { DeviceBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { query, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { plural } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import { type DeviceQuery, devicesRequest, listDevices } from "../devices/listDevices.ts";

interface Props {
  readonly group: string;
  onChange(): Promise<void>;
}

type Change = Readonly<Partial<Record<"add" | "remove", readonly string[]>>>;

const assignment = (devices: readonly string[], metadata: Change): ApiRequest => ({
  method: "PUT",
  path: fleetPath("/devices"),
  body: { action: "groups", devices, metadata },
});

/** The devices of a group, a page at a time. */
export const Members = ({ group, onChange }: Props) => {
  const asked: DeviceQuery = { groups: group, cursor: query.value.get("cursor") ?? undefined };
  const { data, error, reload } = useLoaded(JSON.stringify(asked), (signal) =>
    listDevices(asked, { signal }),
  );
  const changed = async (): Promise<void> => {
    await Promise.all([reload(), onChange()]);
  };
  return (
    <Card
      title="Devices"
      actions={<Curl action="List the devices of the group" request={devicesRequest(asked)} />}
    >
      <LoadState data={data} error={error} reload={reload} />
      {data?.devices.length === 0 && <p class="muted">The group has no devices.</p>}
      {data !== undefined && data.devices.length > 0 && (
        <>
          <MemberTable devices={data.devices} group={group} changed={changed} />
          <Pager hasBefore={asked.cursor !== undefined} cursor={data.cursor} />
        </>
      )}
      <AddMembers group={group} changed={changed} />
    </Card>
  );
};

interface ChangeProps {
  readonly group: string;
  changed(): Promise<void>;
}

const MemberTable = ({
  devices,
  group,
  changed,
}: ChangeProps & { readonly devices: readonly DeviceBody[] }) => (
  <Table
    label="Devices of the group"
    rows={devices}
    keyOf={({ id }) => id}
    columns={[
      {
        title: "Name",
        cell: ({ id, name }) => (
          <a href={urlOf(`/devices/${id}`)}>
            <Text value={name ?? id} max={64} />
          </a>
        ),
      },
      { title: "Firmware", cell: ({ firmware }) => <Text value={firmware ?? "–"} max={40} /> },
      { title: "Id", cell: ({ id }) => <code>{id}</code> },
      {
        title: "Action",
        cell: ({ id, name }) => (
          <Button
            kind="quiet"
            label={`Remove ${name ?? id} from the group`}
            onClick={async () => {
              await request(assignment([id], { remove: [group] }));
              await changed();
            }}
          >
            Remove
          </Button>
        ),
      },
    ]}
  />
);

const AddMembers = ({ group, changed }: ChangeProps) => {
  const [text, setText] = useState("");
  const ids = text.split(/[\s,]+/).filter(Boolean);
  const add = assignment(ids, { add: [group] });
  return (
    <Form
      submit="Add devices"
      actions={<Curl action="Add these devices" request={add} />}
      onSubmit={async () => {
        const { devices } = await request<{ devices: number }>(add);
        setText("");
        await changed();
        toast(`${plural(devices, "device")} added.`);
      }}
    >
      <Area
        label="Ids of devices to add"
        value={text}
        required
        rows={2}
        isCode
        hint="Separated by spaces, commas or lines; up to 1,000. All must be in the product."
        onInput={setText}
      />
    </Form>
  );
};
