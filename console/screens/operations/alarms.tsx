import type { OperationsReply } from "../../api/replies.ts";
import { Card } from "../../ui/card.tsx";
import { plural } from "../../ui/format.ts";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

interface Props {
  readonly alarms: OperationsReply["alarms"];
  /** All firing alarms: the list has the most severe ones. */
  readonly firing: number;
}

/** The firing alarms, with the article of the runbook. */
export const Alarms = ({ alarms, firing }: Props) => (
  <Card title="Firing alarms">
    {alarms.length === 0 && <Status kind="good">None</Status>}
    {alarms.length > 0 && (
      <Table
        label="Firing alarms"
        rows={alarms}
        keyOf={({ region, name }) => `${region} ${name}`}
        columns={[
          {
            title: "Alarm",
            cell: ({ summary, name, contributors }) => (
              <>
                <Text value={summary ?? name} />
                {contributors.length > 0 && (
                  <p class="hint">
                    <Text value={contributors.join(", ")} />
                  </p>
                )}
              </>
            ),
          },
          {
            title: "Severity",
            cell: ({ severity }) => (
              <Status kind={severity === "warning" ? "warn" : "bad"}>
                {severity ?? "unknown"}
              </Status>
            ),
          },
          { title: "Region", cell: ({ region }) => region },
          { title: "Since", cell: ({ since }) => <Ago at={since} /> },
          {
            title: "Runbook",
            cell: ({ runbook }) =>
              runbook === null ? "–" : <code>docs/runbook.md#{runbook}</code>,
          },
        ]}
      />
    )}
    {firing > alarms.length && (
      <p class="hint">{plural(firing, "alarm")} in total; the most severe ones are shown.</p>
    )}
  </Card>
);
