import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { AuditEntryBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { useTyped } from "../../live/useTyped.ts";
import { query, setQuery } from "../../route/router.ts";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { EntryTable } from "./entryTable.tsx";

interface PageBody {
  readonly entries: readonly AuditEntryBody[];
  readonly cursor?: string;
}

const limit = 50;

/** Who has changed what in the fleet, for 90 days. */
export const Activity = () => {
  const actor = query.value.get("actor") ?? "";
  const action = query.value.get("action") ?? "";
  const cursor = query.value.get("cursor") ?? undefined;
  const list: ApiRequest = {
    method: "GET",
    path: fleetPath("/audit"),
    query: { actor, action, cursor, limit },
  };
  const loaded = useLoaded(useTyped(JSON.stringify(list)), (signal) =>
    request<PageBody>(list, signal),
  );
  return (
    <Screen title="Activity" actions={<Curl action="List changes" request={list} />}>
      <search class="filters">
        <Field
          label="By"
          type="search"
          placeholder="ada@example.com"
          value={actor}
          onInput={(value) => setQuery({ actor: value, cursor: "" })}
        />
        <Field
          label="Action"
          type="search"
          placeholder="integration, or integration.update"
          value={action}
          onInput={(value) => setQuery({ action: value, cursor: "" })}
        />
      </search>
      <Page loaded={loaded} hasBefore={cursor !== undefined} isFiltered={actor + action !== ""} />
    </Screen>
  );
};

interface PageProps {
  readonly loaded: Loaded<PageBody>;
  readonly hasBefore: boolean;
  readonly isFiltered: boolean;
}

const Page = ({ loaded: { data, error, reload }, hasBefore, isFiltered }: PageProps) => {
  if (data === undefined) return <LoadState data={data} error={error} reload={reload} />;
  const { entries, cursor } = data;
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {entries.length === 0 && cursor === undefined && !hasBefore ? (
        <Empty title={isFiltered ? "No change matches." : "Nothing has changed in 90 days."}>
          <p>Each change by a person or a program appears here, with what it was before.</p>
        </Empty>
      ) : (
        <section class="card" aria-label="Changes">
          <EntryTable entries={entries} />
        </section>
      )}
      <Pager hasBefore={hasBefore} cursor={cursor} isNewestFirst />
    </>
  );
};
