import type { IntegrationBody, ListedBody } from "#shared/routes/integrationRoutes.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { useTyped } from "../../live/useTyped.ts";
import { product, query, setQuery, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";

const renewMs = 15_000;
const perPage = 50;

interface ListBody {
  readonly integrations: readonly ListedBody[];
  readonly meta: { readonly total_pages: number; readonly total: number };
}

const isReadable = (listed: ListedBody): listed is IntegrationBody => !("unreadable" in listed);

const columns: readonly Column<ListedBody>[] = [
  {
    title: "Name",
    cell: (listed) => (
      <a href={urlOf(`/integrations/${encodeURIComponent(listed.id)}`)}>
        <Text value={isReadable(listed) ? listed.name : listed.id} max={100} />
      </a>
    ),
  },
  {
    title: "State",
    cell: (listed) => {
      if (!isReadable(listed)) return <Status kind="bad">cannot be read</Status>;
      return listed.disabled ? (
        <Status kind="off">disabled</Status>
      ) : (
        <Status kind="good">enabled</Status>
      );
    },
  },
  {
    title: "Events",
    cell: (listed) => isReadable(listed) && <Text value={`${listed.event}…`} max={60} />,
  },
  {
    title: "Target",
    cell: (listed) =>
      isReadable(listed) && <Text value={listed.url ?? listed.integration_type} max={80} />,
  },
];

/** The integrations of the fleet. */
export const Integrations = () => {
  const name = query.value.get("name") ?? "";
  const disabled = query.value.get("disabled") ?? "";
  const page = Math.max(1, Number(query.value.get("page")) || 1);
  const list: ApiRequest = {
    method: "GET",
    path: fleetPath("/integrations"),
    query: { name, disabled, page, per_page: perPage },
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
          placeholder="Name"
          value={name}
          onInput={(value) => setQuery({ name: value, page: "" })}
        />
        <Select
          label="State"
          value={disabled}
          options={[
            ["", "All"],
            ["false", "Enabled"],
            ["true", "Disabled"],
          ]}
          onChange={(value) => setQuery({ disabled: value, page: "" })}
        />
      </search>
      <Page loaded={loaded} page={page} isFiltered={name !== "" || disabled !== ""} />
    </Screen>
  );
};

interface PageProps {
  readonly loaded: Loaded<ListBody>;
  readonly page: number;
  readonly isFiltered: boolean;
}

const Page = ({ loaded: { data, error, reload }, page, isFiltered }: PageProps) => {
  if (data === undefined) {
    return error === undefined ? (
      <p class="muted">Loading…</p>
    ) : (
      <Problem error={error} onRetry={reload} />
    );
  }
  if (data.integrations.length === 0) {
    return isFiltered ? <Empty title="No integration matches." /> : <NoIntegrations />;
  }
  return (
    <>
      <section class="card" aria-label="Integrations">
        <Table
          label="Integrations"
          columns={columns}
          rows={data.integrations}
          keyOf={({ id }) => id}
        />
      </section>
      {data.meta.total_pages > 1 && (
        <nav class="actions" aria-label="Pages">
          <Button disabled={page === 1} onClick={() => setQuery({ page: String(page - 1) })}>
            Previous
          </Button>
          <span class="muted">
            Page {page} of {data.meta.total_pages}
          </span>
          <Button
            disabled={page >= data.meta.total_pages}
            onClick={() => setQuery({ page: String(page + 1) })}
          >
            Next
          </Button>
        </nav>
      )}
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
