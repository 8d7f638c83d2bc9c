import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import type { DeadLetterBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { useTyped } from "../../live/useTyped.ts";
import { query, setQuery, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { Jobs } from "../integration/jobs.tsx";
import { Replay } from "./replay.tsx";

interface PageBody {
  readonly dead_letters: readonly DeadLetterBody[];
  readonly next: string | null;
}

const limit = 50;
const renewMs = 10_000;

/** The filter in the URL, with the names of the API. */
const readFilter = (): Record<string, string> => {
  const filter: Record<string, string> = {};
  for (const name of ["reason", "status", "event", "device"]) {
    const value = query.value.get(name);
    if (value !== null) filter[name] = value;
  }
  return filter;
};

/** The dead letters of an integration that match a filter, and their replay. */
export const DeadLetters = ({ parameters }: { parameters: Readonly<Record<string, string>> }) => {
  const { integration: id = "" } = parameters;
  const filter = readFilter();
  const after = query.value.get("after") ?? undefined;
  const list: ApiRequest = {
    method: "GET",
    path: integrationPath(id, "/dead-letters"),
    query: { ...filter, limit, after },
  };
  const key = useTyped(`${id} ${JSON.stringify(list.query)}`);
  const { data, error, reload } = useLoaded(key, (signal) => request<PageBody>(list, signal), {
    everyMs: renewMs,
  });
  return (
    <Screen
      title="Dead letters"
      up={{ url: urlOf(`/integrations/${encodeURIComponent(id)}`), name: "Integration" }}
      actions={
        <>
          <Curl action="List these dead letters" request={list} />
          <Replay integration={id} filter={filter} />
        </>
      }
    >
      <Filters filter={filter} />
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && <Letters integration={id} page={data} filter={filter} />}
      <Jobs integration={id} />
    </Screen>
  );
};

const Filters = ({ filter }: { filter: Readonly<Record<string, string>> }) => {
  const set = (name: string) => (value: string) => setQuery({ [name]: value, after: "" });
  return (
    <search class="filters">
      <Field
        label="Reason contains"
        type="search"
        value={filter.reason ?? ""}
        onInput={set("reason")}
      />
      <Field label="Status" placeholder="503" value={filter.status ?? ""} onInput={set("status")} />
      <Field
        label="Event begins with"
        type="search"
        value={filter.event ?? ""}
        onInput={set("event")}
      />
      <Field
        label="Device"
        type="search"
        placeholder="Id or name"
        value={filter.device ?? ""}
        onInput={set("device")}
      />
    </search>
  );
};

interface LettersProps {
  readonly integration: string;
  readonly page: PageBody;
  readonly filter: Readonly<Record<string, string>>;
}

const Letters = ({ integration, page, filter }: LettersProps) => {
  const [firstPage] = useState(query.value.get("after") === null);
  const { dead_letters: letters, next } = page;
  if (letters.length === 0 && next === null) {
    return Object.keys(filter).length > 0 ? (
      <Empty title="No dead letter matches the filter." />
    ) : (
      <Empty title="There are no dead letters.">
        <p>
          A delivery that fails for about three days, or that the target refuses, appears here. One
          that waits for a retry is among the{" "}
          <a href={urlOf(`/integrations/${encodeURIComponent(integration)}`)}>attempts</a>.
        </p>
      </Empty>
    );
  }
  return (
    <Card title="Newest first">
      <LetterTable integration={integration} letters={letters} />
      <nav class="actions" aria-label="Pages">
        {!firstPage && <Button onClick={() => setQuery({ after: "" })}>Newest</Button>}
        {next !== null && <Button onClick={() => setQuery({ after: next })}>Older</Button>}
      </nav>
    </Card>
  );
};

const LetterTable = ({
  integration,
  letters,
}: {
  integration: string;
  letters: readonly DeadLetterBody[];
}) => (
  <Table
    label="Dead letters"
    rows={letters}
    keyOf={({ id }) => id}
    columns={[
      {
        title: "Failed",
        cell: ({ id, failed_at }) => (
          <a
            href={urlOf(
              `/integrations/${encodeURIComponent(integration)}/dead-letters/${encodeURIComponent(id)}?failed_at=${encodeURIComponent(failed_at)}`,
            )}
          >
            <Ago at={failed_at} />
          </a>
        ),
      },
      { title: "Reason", cell: ({ reason }) => <Text value={reason} max={160} /> },
      { title: "Event", cell: ({ event }) => <Text value={event.name} max={60} /> },
      { title: "Device", cell: ({ event }) => <Text value={event.coreid} max={40} /> },
      { title: "Attempts", isNumber: true, cell: ({ attempts }) => attempts },
    ]}
  />
);
