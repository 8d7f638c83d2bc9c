import type { OperationsReply } from "../../api/replies.ts";
import { Card } from "../../ui/card.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";

const seconds = (value: number | null): string => (value === null ? "–" : `${value} s`);

/** The recorded drills: an injected fault, and how the deployment recovered. */
export const Drills = ({ drills }: Pick<OperationsReply, "drills">) => (
  <Card title="Drills">
    {drills.length === 0 && (
      <p class="muted">
        No drill is recorded. <code>npm run drill</code> injects a fault and measures the recovery.
      </p>
    )}
    {drills.length > 0 && (
      <Table
        label="Drills"
        rows={drills}
        keyOf={(drill) => JSON.stringify(drill)}
        columns={[
          { title: "Drill", cell: ({ drill }) => <Text value={drill} max={80} /> },
          { title: "Date", cell: ({ date }) => date },
          { title: "Place", cell: ({ place }) => <Text value={place} max={80} /> },
          {
            title: "Result",
            cell: ({ passed }) => (
              <Status kind={passed ? "good" : "bad"}>{passed ? "passed" : "failed"}</Status>
            ),
          },
          {
            title: "Paged after",
            isNumber: true,
            cell: ({ paged_seconds: after }) => seconds(after),
          },
          {
            title: "Recovered after",
            isNumber: true,
            cell: ({ recovered_seconds: after }) => seconds(after),
          },
          { title: "Lost", isNumber: true, cell: ({ lost }) => lost },
        ]}
      />
    )}
  </Card>
);
