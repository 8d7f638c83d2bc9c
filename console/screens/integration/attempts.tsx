import type { AttemptBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { query, setQuery, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Select } from "../../ui/field.tsx";
import { preciseTime, shortTime } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { type AttemptPage, attemptKey, attemptsRequest } from "./listAttempts.ts";

const perPage = 25;
const renewMs = 5_000;

/** The attempts of the last 30 days, newest first. */
export const Attempts = ({ integration }: { integration: string }) => {
  const outcome = query.value.get("outcome") ?? "";
  const cursor = query.value.get("cursor") ?? undefined;
  const list = attemptsRequest(integration, { outcome, cursor, limit: perPage });
  const loaded = useLoaded(
    JSON.stringify(list),
    (signal) => request<AttemptPage>(list, signal),
    // An older page does not change.
    cursor === undefined ? { everyMs: renewMs } : {},
  );
  return (
    <Card
      title="Attempts"
      actions={
        <>
          <Select
            label="Outcome"
            isBare
            value={outcome}
            options={[
              ["", "All"],
              ["ok", "Succeeded"],
              ["failed", "Failed"],
            ]}
            onChange={(value) => setQuery({ outcome: value, cursor: "" })}
          />
          <Curl action="List attempts" request={list} />
        </>
      }
    >
      <AttemptList integration={integration} loaded={loaded} hasBefore={cursor !== undefined} />
    </Card>
  );
};

interface ListProps {
  readonly integration: string;
  readonly loaded: Loaded<AttemptPage>;
  readonly hasBefore: boolean;
}

const AttemptList = ({ integration, loaded: { data, error, reload }, hasBefore }: ListProps) => {
  if (data === undefined) return <LoadState data={data} error={error} reload={reload} />;
  const { attempts, cursor } = data;
  return (
    <>
      {attempts.length === 0 && !hasBefore && cursor === undefined ? (
        <Empty title="There is no such attempt in the last 30 days.">
          <p>Each request to the target appears here about ten seconds after it was sent.</p>
        </Empty>
      ) : (
        <AttemptTable integration={integration} attempts={attempts} />
      )}
      <Pager label="Pages of attempts" hasBefore={hasBefore} cursor={cursor} isNewestFirst />
    </>
  );
};

interface Props {
  readonly integration: string;
  readonly attempts: readonly AttemptBody[];
}

/** Attempts, each with its permalink. */
export const AttemptTable = ({ integration, attempts }: Props) => (
  <Table
    label="Attempts"
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
