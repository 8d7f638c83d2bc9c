import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { IntegrationBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { useTyped } from "../../live/useTyped.ts";
import { product, query, setQuery, urlOf } from "../../route/router.ts";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";

const renewMs = 15_000;
const perPage = 50;

type Listed =
  | (IntegrationBody & { readonly state: "healthy" | "failing" | "disabled" })
  | { readonly id: string; readonly unreadable: true };

interface ListBody {
  readonly integrations: readonly Listed[];
  readonly cursor?: string;
}

const kinds = { healthy: "good", failing: "bad", disabled: "off" } as const;

const columns: readonly Column<Listed>[] = [
  {
    title: "Name",
    cell: (listed) => (
      <a href={urlOf(`/integrations/${encodeURIComponent(listed.id)}`)}>
        <Text value={"unreadable" in listed ? listed.id : listed.name} max={100} />
      </a>
    ),
  },
  {
    title: "State",
    cell: (listed) =>
      "unreadable" in listed ? (
        <Status kind="bad">cannot be read</Status>
      ) : (
        <Status kind={kinds[listed.state]}>{listed.state}</Status>
      ),
  },
  {
    title: "Events",
    cell: (listed) => !("unreadable" in listed) && <Text value={`${listed.event}…`} max={60} />,
  },
  {
    title: "Target",
    cell: (listed) =>
      !("unreadable" in listed) && <Text value={listed.url ?? listed.integration_type} max={80} />,
  },
];

/** The integrations of the fleet. */
export const Integrations = () => {
  const search = query.value.get("search") ?? "";
  const state = query.value.get("state") ?? "";
  const cursor = query.value.get("cursor") ?? undefined;
  const list: ApiRequest = {
    method: "GET",
    path: fleetPath("/integrations"),
    query: { search, state, cursor, limit: perPage },
  };
  const key = useTyped(`${product.value ?? ""} ${JSON.stringify(list.query)}`);
  const loaded = useLoaded(key, (signal) => request<ListBody>(list, signal), {
    everyMs: renewMs,
  });
  return (
    <Screen
      title="Integrations"
      actions={
        <>
          <Curl action="List integrations" request={list} />
          <a class="button primary" href={urlOf("/integrations/new")}>
            Create an integration
          </a>
        </>
      }
    >
      <search class="filters">
        <Field
          label="Search"
          type="search"
          placeholder="Name, event or URL"
          value={search}
          onInput={(value) => setQuery({ search: value, cursor: "" })}
        />
        <Select
          label="State"
          value={state}
          options={states}
          onChange={(value) => setQuery({ state: value, cursor: "" })}
        />
      </search>
      <Page loaded={loaded} hasBefore={cursor !== undefined} isFiltered={search + state !== ""} />
    </Screen>
  );
};

const states = [
  ["", "All"],
  ["healthy", "Healthy"],
  ["failing", "Failing"],
  ["disabled", "Disabled"],
] as const;

interface PageProps {
  readonly loaded: Loaded<ListBody>;
  readonly hasBefore: boolean;
  readonly isFiltered: boolean;
}

const Page = ({ loaded: { data, error, reload }, hasBefore, isFiltered }: PageProps) => {
  if (data === undefined) return <LoadState data={data} error={error} reload={reload} />;
  const { integrations, cursor } = data;
  if (integrations.length === 0 && cursor === undefined) {
    return isFiltered ? <Empty title="No integration matches." /> : <NoIntegrations />;
  }
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      <section class="card" aria-label="Integrations">
        <Table label="Integrations" columns={columns} rows={integrations} keyOf={({ id }) => id} />
      </section>
      <Pager hasBefore={hasBefore} cursor={cursor} />
    </>
  );
};

const NoIntegrations = () => (
  <Empty title="There are no integrations yet.">
    <p>
      An integration sends matching events to a URL or to a queue of a cloud. It retries for three
      days, and keeps what could not be delivered.
    </p>
    <a class="button primary" href={urlOf("/integrations/new")}>
      Create an integration
    </a>
  </Empty>
);
