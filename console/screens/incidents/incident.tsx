import type { IncidentBody, OperationsReply } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { wholeTime } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { EndIncident } from "./endIncident.tsx";
import { isOver, words } from "./incidentText.ts";
import { MergeIncident } from "./mergeIncident.tsx";
import { Notices } from "./notices.tsx";
import { Postmortem } from "./postmortem.tsx";
import { UpdateIncident } from "./updateIncident.tsx";
import { incidentsUp } from "./urls.ts";

const renewMs = 15_000;

interface Shown {
  readonly incident: IncidentBody;
  readonly log: readonly {
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly update: string | null;
  }[];
  readonly components: OperationsReply["components"];
}

/** One incident or maintenance: what its readers see, its changes, and the messages about it. */
export const Incident = ({ parameters }: { parameters: Readonly<Record<string, string>> }) => {
  const { incident: id = "" } = parameters;
  const show = {
    method: "GET",
    path: `/v1/status/incidents/${encodeURIComponent(id)}`,
  } as const;
  const { data, error, reload } = useLoaded(
    id,
    async (signal): Promise<Shown> => {
      const [shown, { components }] = await Promise.all([
        request<Omit<Shown, "components">>(show, signal),
        request<OperationsReply>({ method: "GET", path: "/v1/operations" }, signal),
      ]);
      return { ...shown, components };
    },
    { everyMs: renewMs },
  );
  return (
    <Screen
      title={data?.incident.name ?? "Incident"}
      up={incidentsUp()}
      actions={<Curl action="Show this incident" request={show} />}
    >
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && <Parts shown={data} reload={reload} />}
    </Screen>
  );
};

const Parts = ({ shown, reload }: { shown: Shown; reload(): Promise<void> }) => {
  const { incident, log, components } = shown;
  const isOpen = !isOver(incident);
  return (
    <>
      <Card
        title="State"
        actions={
          <>
            {isOpen && <EndIncident incident={incident} reload={reload} />}
            {isOpen && incident.type === "incident" && <MergeIncident incident={incident} />}
          </>
        }
      >
        <State incident={incident} />
      </Card>
      <div class="columns">
        <Updates incident={incident} />
        {isOpen && <UpdateIncident incident={incident} components={components} reload={reload} />}
      </div>
      {!isOpen && incident.type === "incident" && (
        <Postmortem incident={incident} reload={reload} />
      )}
      <Notices incident={incident.id} />
      <Card title="Changes by operators">
        {log.length === 0 && <p class="muted">No person has changed it.</p>}
        {log.length > 0 && (
          <Table
            label="Changes by operators"
            rows={log}
            keyOf={({ at, by, action }) => `${at} ${by} ${action}`}
            columns={[
              { title: "When", cell: ({ at }) => <Ago at={at} /> },
              { title: "By", cell: ({ by }) => <Text value={by} max={100} /> },
              { title: "Action", cell: ({ action }) => words(action) },
            ]}
          />
        )}
      </Card>
    </>
  );
};

const at = (time: string | null): string => (time === null ? "–" : wholeTime(Date.parse(time)));

const State = ({ incident }: { incident: IncidentBody }) => (
  <>
    <Facts
      facts={[
        [
          "Status",
          <Status key="status" kind={isOver(incident) ? "good" : "warn"}>
            {words(incident.status)}
          </Status>,
        ],
        ["Impact", incident.impact],
        ["Opened by", incident.automatic ? "alarms" : "a person"],
        ["Started", at(incident.started_at)],
        ["Resolved", at(incident.resolved_at)],
        ...(incident.type === "maintenance"
          ? ([
              ["From", at(incident.scheduled_for)],
              ["Until", at(incident.scheduled_until)],
            ] as const)
          : []),
        ["Continues", incident.merged.length === 0 ? "–" : incident.merged.join(", ")],
      ]}
    />
    {incident.affected.length > 0 && (
      <ul>
        {incident.affected.map(({ component, region, status }) => (
          <li key={`${component} ${region}`}>
            {component} in {region}: {words(status)}
          </li>
        ))}
      </ul>
    )}
    {incident.alarms.map(({ name, region, since }) => (
      <p key={`${name} ${region}`}>
        <Status kind="bad">firing</Status> <Text value={name} max={120} /> in {region} since{" "}
        <Ago at={since} />
      </p>
    ))}
  </>
);

const Updates = ({ incident: { updates, postmortem } }: { incident: IncidentBody }) => (
  <Card title="Updates">
    {updates.toReversed().map(({ id, at: time, status, body, automatic }) => (
      <div key={id} class="stack">
        <p>
          <strong>{words(status)}</strong> · <Ago at={time} />
          {automatic && <span class="muted"> · by alarms</span>}
        </p>
        <Text value={body} max={1_000} />
      </div>
    ))}
    {postmortem !== null && <Block label="Postmortem" value={postmortem.body} />}
  </Card>
);
