import type { IncidentBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { isOver, words } from "./incidentText.ts";
import { incidentUrl, operationsUp } from "./urls.ts";

const renewMs = 15_000;
const list = { method: "GET", path: "/v1/status/incidents" } as const;

/** The incidents and maintenances of the last 90 days. */
export const Incidents = () => {
  const { data, error, reload } = useLoaded(
    "incidents",
    (signal) => request<{ incidents: readonly IncidentBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Screen
      title="Incidents and maintenance"
      up={operationsUp()}
      actions={
        <>
          <Curl action="List incidents" request={list} />
          <a class="button primary" href={incidentUrl("new")}>
            Open an incident
          </a>
        </>
      }
    >
      <LoadState data={data} error={error} reload={reload} />
      {data?.incidents.length === 0 && (
        <Empty title="There was no incident in 90 days.">
          <p>
            Alarms open, change and resolve incidents without a person. Open one yourself for what
            no alarm sees, and schedule a maintenance before you work on the deployment.
          </p>
        </Empty>
      )}
      {data !== undefined && data.incidents.length > 0 && (
        <section class="card" aria-label="Incidents and maintenance">
          <Table
            label="Incidents and maintenance"
            rows={data.incidents}
            keyOf={({ id }) => id}
            columns={[
              {
                title: "Name",
                cell: ({ id, name }) => (
                  <a href={incidentUrl(id)}>
                    <Text value={name} max={120} />
                  </a>
                ),
              },
              {
                title: "Status",
                cell: (each) => (
                  <Status kind={isOver(each) ? "good" : "warn"}>{words(each.status)}</Status>
                ),
              },
              { title: "Impact", cell: ({ impact }) => impact },
              { title: "Kind", cell: ({ type }) => type },
              {
                title: "Begins",
                cell: ({ scheduled_for: planned, started_at: started }) => (
                  <Ago at={planned ?? started} />
                ),
              },
            ]}
          />
        </section>
      )}
    </Screen>
  );
};
