import type { AuditEntryBody } from "../../api/replies.ts";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

const outcomes = { done: "good", failed: "bad", unknown: "warn" } as const;

/** Entries of the audit log, newest first. */
export const EntryTable = ({ entries }: { entries: readonly AuditEntryBody[] }) => (
  <Table
    label="Changes"
    rows={entries}
    keyOf={({ id }) => id}
    columns={[
      { title: "When", cell: ({ at }) => <Ago at={at} /> },
      {
        title: "Who",
        cell: ({ actor, origin }) => (
          <>
            <Text value={actor.name ?? actor.kind} max={80} />
            {origin !== undefined && (
              <p class="hint">
                <Text value={origin.address} max={60} />
              </p>
            )}
          </>
        ),
      },
      { title: "Action", cell: ({ action }) => action },
      {
        title: "What",
        cell: ({ subject }) => <Text value={subject.name ?? subject.id ?? subject.kind} max={80} />,
      },
      {
        title: "Outcome",
        cell: ({ outcome, failure }) => (
          <>
            <Status kind={outcomes[outcome]}>{outcome}</Status>{" "}
            {failure !== undefined && <Text value={failure} max={60} />}
          </>
        ),
      },
      { title: "Change", cell: (entry) => <Change entry={entry} /> },
    ]}
  />
);

/** What was there before and after, without secrets. */
const Change = ({ entry: { before, after, fields, id } }: { entry: AuditEntryBody }) => {
  if (before === undefined && after === undefined) {
    return <Text value={fields?.join(", ") ?? ""} max={80} />;
  }
  return (
    <details>
      <summary>Before and after</summary>
      <Block label={`Change ${id}`} value={JSON.stringify({ before, after }, null, 2)} />
    </details>
  );
};
