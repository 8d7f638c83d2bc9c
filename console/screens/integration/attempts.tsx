import type { AttemptBody } from "#shared/routes/integrationRoutes.ts";
import { query, setQuery, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Select } from "../../ui/field.tsx";
import { preciseTime, shortTime } from "../../ui/format.ts";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { attemptKey, type Details } from "./details.ts";

/** The latest attempts, newest first. */
export const Attempts = ({ details }: { details: Details }) => {
  const outcome = query.value.get("outcome") ?? "";
  const shown = details.logs.filter(({ ok }) => outcome === "" || ok === (outcome === "ok"));
  return (
    <Card
      title="Latest attempts"
      actions={
        <Select
          label="Outcome"
          isBare
          value={outcome}
          options={[
            ["", "All"],
            ["ok", "Succeeded"],
            ["failed", "Failed"],
          ]}
          onChange={(value) => setQuery({ outcome: value })}
        />
      }
    >
      {shown.length === 0 ? (
        <Empty title={outcome === "" ? "There are no attempts yet." : "There is no such attempt."}>
          <p>Each request to the target appears here about ten seconds after it was sent.</p>
        </Empty>
      ) : (
        <AttemptTable integration={details.id} attempts={shown} />
      )}
    </Card>
  );
};

interface Props {
  readonly integration: string;
  readonly attempts: readonly AttemptBody[];
}

const AttemptTable = ({ integration, attempts }: Props) => (
  <Table
    label="Latest attempts"
    rows={attempts}
    keyOf={attemptKey}
    columns={[
      {
        title: "Time",
        cell: (attempt) => (
          <a
            href={urlOf(
              `/integrations/${encodeURIComponent(integration)}/attempts/${attemptKey(attempt)}`,
            )}
          >
            {preciseTime(Date.parse(attempt.started_at))}
          </a>
        ),
      },
      { title: "Outcome", cell: (attempt) => <Outcome attempt={attempt} /> },
      { title: "Event", cell: ({ event }) => <Text value={event.name} max={60} /> },
      { title: "Attempt", isNumber: true, cell: ({ attempt }) => attempt },
      { title: "Took", isNumber: true, cell: ({ took_ms }) => `${took_ms} ms` },
      {
        title: "Next attempt",
        cell: ({ next_attempt_at: next }) =>
          next === null ? <span class="muted">none</span> : shortTime(Date.parse(next)),
      },
    ]}
  />
);

/** What an attempt led to. */
export const Outcome = ({ attempt: { ok, error, reply } }: { attempt: AttemptBody }) =>
  ok ? (
    <Status kind="good">{`delivered${reply === null ? "" : `, ${reply.status}`}`}</Status>
  ) : (
    <>
      <Status kind="bad">failed</Status> <Text value={error ?? ""} max={120} />
    </>
  );
