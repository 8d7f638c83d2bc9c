import type { OperationsReply } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { Alarms } from "./alarms.tsx";
import { Canaries } from "./canaries.tsx";
import { Drills } from "./drills.tsx";
import { OpenIncidents } from "./incidents.tsx";
import { Pages } from "./pages.tsx";

const renewMs = 15_000;
const show = { method: "GET", path: "/v1/operations" } as const;

/** The state of the deployment, for its operators. */
export const Operations = () => {
  const { data, error, reload } = useLoaded(
    "operations",
    (signal) => request<OperationsReply>(show, signal),
    { everyMs: renewMs },
  );
  return (
    <Screen
      title="Operations"
      actions={<Curl action="Show the state of the deployment" request={show} />}
    >
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <>
          <Problems state={data} />
          <Components state={data} />
          <Alarms alarms={data.alarms} firing={data.alarms_firing} />
          <div class="columns">
            <OpenIncidents incidents={data.incidents} />
            <Pages pages={data.pages} />
            <Canaries canaries={data.canaries} />
            <Queues state={data} />
          </div>
          <Drills drills={data.drills} />
        </>
      )}
    </Screen>
  );
};

const Problems = ({ state: { problems, unavailable } }: { state: OperationsReply }) => (
  <Card title="What needs a person">
    {problems.length === 0 && <Status kind="good">Nothing</Status>}
    {problems.length > 0 && (
      <ul>
        {problems.map((problem) => (
          <li key={problem}>
            <Text value={problem} max={500} />
          </li>
        ))}
      </ul>
    )}
    {unavailable.map(({ source, region, reason }) => (
      <p key={`${source} ${region}`}>
        <Status kind="warn">{`${source} of ${region ?? "all regions"} did not answer`}</Status>{" "}
        <Text value={reason} />
      </p>
    ))}
  </Card>
);

type Component = OperationsReply["components"][number];

const componentColumns: readonly Column<Component>[] = [
  { title: "Component", cell: ({ name }) => name },
  { title: "Region", cell: ({ region }) => region },
  {
    title: "Status",
    cell: ({ status }) => {
      if (status === null) return <Status kind="off">unknown</Status>;
      const kind = status === "operational" ? "good" : "bad";
      return <Status kind={kind}>{status.replaceAll("_", " ")}</Status>;
    },
  },
  {
    title: "Since",
    cell: ({ since }) => (since === null ? <span class="muted">–</span> : <Ago at={since} />),
  },
];

const Components = ({ state: { components } }: { state: OperationsReply }) => (
  <Card title="Components">
    <Table
      label="Components"
      rows={components}
      columns={componentColumns}
      keyOf={({ region, component }) => `${region} ${component}`}
    />
  </Card>
);

const Queues = ({ state: { queues } }: { state: OperationsReply }) => (
  <Card title="Queues">
    {queues.length === 0 && <p class="muted">No queue has messages that wait.</p>}
    {queues.length > 0 && (
      <Table
        label="Queues"
        rows={queues}
        keyOf={({ region, name }) => `${region} ${name}`}
        columns={[
          { title: "Queue", cell: ({ name }) => <Text value={name} max={80} /> },
          { title: "Waiting", isNumber: true, cell: ({ visible: waiting }) => waiting },
          { title: "Oldest", isNumber: true, cell: ({ oldest_seconds: s }) => `${s} s` },
        ]}
      />
    )}
  </Card>
);
