import type { OperationsReply } from "../../api/replies.ts";
import { Card } from "../../ui/card.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Ago } from "../../ui/time.tsx";

/** The latest checks of the canary of each region. */
export const Canaries = ({ canaries }: Pick<OperationsReply, "canaries">) => {
  const checks = canaries.flatMap(({ region, checks: made }) =>
    made.map((each) => ({ region, ...each })),
  );
  return (
    <Card title="Canaries">
      {checks.length === 0 && <p class="muted">No canary has run.</p>}
      {checks.length > 0 && (
        <Table
          label="Canaries"
          rows={checks}
          keyOf={({ region, check }) => `${region} ${check}`}
          columns={[
            { title: "Check", cell: ({ check }) => check },
            { title: "Region", cell: ({ region }) => region },
            {
              title: "Result",
              cell: ({ passed }) => (
                <Status kind={passed ? "good" : "bad"}>{passed ? "passed" : "failed"}</Status>
              ),
            },
            {
              title: "Took",
              isNumber: true,
              cell: ({ latency_ms: ms }) => (ms === null ? "–" : `${Math.round(ms)} ms`),
            },
            { title: "When", cell: ({ at }) => <Ago at={at} /> },
          ]}
        />
      )}
    </Card>
  );
};
