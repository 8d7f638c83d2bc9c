import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { ReleaseDeviceBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { query, setQuery, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { deviceStates } from "./conservation.tsx";

interface Props {
  /** The path of the release. */
  readonly path: string;
  readonly waves: number;
  readonly everyMs: number;
}

interface PageBody {
  readonly devices: readonly ReleaseDeviceBody[];
  readonly cursor?: string;
}

/** The devices of a release by state and wave, and why one has not updated yet. */
export const ReleaseDevices = ({ path, waves, everyMs }: Props) => {
  const [why, setWhy] = useState<string>();
  const state = query.value.get("state") ?? undefined;
  const wave = query.value.get("wave") ?? undefined;
  const cursor = query.value.get("cursor") ?? undefined;
  const list: ApiRequest = {
    method: "GET",
    path: `${path}/devices`,
    query: { state, wave, cursor, limit: 50 },
  };
  const { data, error, reload } = useLoaded(
    JSON.stringify(list),
    (signal) => request<PageBody>(list, signal),
    { everyMs },
  );
  return (
    <Card title="Devices" actions={<Curl action="List these devices" request={list} />}>
      <search class="filters">
        <Select
          label="State"
          value={state ?? ""}
          options={[["", "any"], ...deviceStates.map((one) => [one, one] as const)]}
          onChange={(value) => setQuery({ state: value, cursor: "" })}
        />
        <Select
          label="Wave"
          value={wave ?? ""}
          options={[
            ["", "any"],
            ...Array.from({ length: waves }, (_, i) => [String(i + 1), String(i + 1)] as const),
          ]}
          onChange={(value) => setQuery({ wave: value, cursor: "" })}
        />
      </search>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.devices.length === 0 && <p class="muted">No device matches the filter.</p>}
      {data !== undefined && data.devices.length > 0 && (
        <DeviceTable devices={data.devices} ask={setWhy} />
      )}
      <Pager hasBefore={cursor !== undefined} cursor={data?.cursor} />
      <Why path={path} asked={why} />
    </Card>
  );
};

interface TableProps {
  readonly devices: readonly ReleaseDeviceBody[];
  ask(device: string): void;
}

const DeviceTable = ({ devices, ask }: TableProps) => (
  <Table
    label="Devices of the release"
    rows={devices}
    keyOf={({ id }) => id}
    columns={[
      { title: "Device", cell: ({ id }) => <a href={urlOf(`/devices/${id}`)}>{id}</a> },
      { title: "Wave", isNumber: true, cell: ({ wave }) => wave ?? "–" },
      {
        title: "State",
        cell: ({ state, reason }) => (
          <Text
            value={`${state}${reason === null ? "" : `: ${reason.replaceAll("_", " ")}`}`}
            max={80}
          />
        ),
      },
      { title: "Before", cell: ({ before }) => <Text value={before.version ?? "–"} max={40} /> },
      { title: "Offered", cell: ({ offered_at: at }) => <Ago at={at} /> },
      { title: "Assessed", cell: ({ assessed_at: at }) => <Ago at={at} /> },
      {
        title: "Action",
        cell: ({ id }) => (
          <Button kind="quiet" label={`Why not yet? ${id}`} onClick={() => ask(id)}>
            Why not yet?
          </Button>
        ),
      },
    ]}
  />
);

/** Why a device has not updated, in one sentence. A new device of the table asks at once. */
const Why = ({ path, asked }: { path: string; asked: string | undefined }) => {
  const [typed, setTyped] = useState("");
  const [wanted, setWanted] = useState<string>();
  const [before, setBefore] = useState(asked);
  if (asked !== before) {
    setBefore(asked);
    setWanted(asked);
    setTyped(asked ?? "");
  }
  const show: ApiRequest = {
    method: "GET",
    path: `${path}/devices/${encodeURIComponent(wanted ?? (typed.trim() || "id"))}`,
  };
  return (
    <>
      <Form
        submit="Ask"
        actions={<Curl action="Ask why this device has not updated" request={show} />}
        onSubmit={async () => setWanted(typed.trim())}
      >
        <Field
          label="Why has this device not updated yet?"
          value={typed}
          required
          placeholder="Id of a device"
          onInput={setTyped}
        />
      </Form>
      {wanted !== undefined && <Sentence key={wanted} request={show} />}
    </>
  );
};

const Sentence = ({ request: show }: { request: ApiRequest }) => {
  const { data, error, reload } = useLoaded(show.path, (signal) =>
    request<{ sentence: string }>(show, signal),
  );
  return (
    <div role="status">
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && (
        <p>
          <strong>
            <Text value={data.sentence} max={500} />
          </strong>
        </p>
      )}
    </div>
  );
};
