import type { OperationsReply } from "../../api/replies.ts";
import { Card } from "../../ui/card.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { incidentsUp, incidentUrl } from "../incidents/urls.ts";

/** The open incidents and the maintenances of the status page. */
export const OpenIncidents = ({ incidents }: Pick<OperationsReply, "incidents">) => (
  <Card
    title="Incidents and maintenance"
    actions={
      <>
        <a href={incidentUrl("new")}>Open an incident</a>
        <a href={incidentsUp().url}>All of 90 days</a>
      </>
    }
  >
    {incidents === null && <p class="muted">Not known: the table did not answer.</p>}
    {incidents?.length === 0 && <p class="muted">None is open.</p>}
    {incidents !== null && incidents.length > 0 && (
      <Table
        label="Incidents and maintenance"
        rows={incidents}
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
          { title: "Status", cell: ({ status }) => status.replaceAll("_", " ") },
          { title: "Impact", cell: ({ impact }) => impact },
          {
            title: "Begins",
            cell: ({ scheduled_for: planned, started_at: started }) => (
              <Ago at={planned ?? started} />
            ),
          },
        ]}
      />
    )}
  </Card>
);
