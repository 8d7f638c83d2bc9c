import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { StoredEventBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { useTyped } from "../../live/useTyped.ts";
import { query, setQuery, urlOf } from "../../route/router.ts";
import { Curl } from "../../ui/curl.tsx";
import { Field } from "../../ui/field.tsx";
import { wholeTime } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { isoOf } from "../../ui/localTime.ts";
import { Pager } from "../../ui/pager.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { ArchiveSettings } from "./archiveSettings.tsx";

interface EventPage {
  readonly events: readonly StoredEventBody[];
  readonly cursor?: string;
}

const filters = ["since", "until", "prefix", "device"] as const;

/** The archived events of a time span, and whether events are archived. */
export const Archive = () => {
  const asked = Object.fromEntries(filters.map((name) => [name, query.value.get(name) ?? ""]));
  const { since = "", until = "", prefix = "", device = "" } = asked;
  const cursor = query.value.get("cursor") ?? undefined;
  const list: ApiRequest = {
    method: "GET",
    path: fleetPath("/archive/events"),
    query: { since: isoOf(since), until: isoOf(until), prefix, device, cursor },
  };
  const loaded = useLoaded(useTyped(JSON.stringify(list)), (signal) =>
    request<EventPage>(list, signal),
  );
  const set = (name: (typeof filters)[number]) => (value: string) =>
    setQuery({ [name]: value, cursor: "" });
  return (
    <Screen
      title="Archive"
      up={{ url: urlOf("/events"), name: "Events" }}
      actions={<Curl action="List archived events" request={list} />}
    >
      <ArchiveSettings />
      <search class="filters">
        <Field
          label="Name begins with"
          type="search"
          value={prefix}
          maxLength={64}
          onInput={set("prefix")}
        />
        <Field label="Device" placeholder="Id or name" value={device} onInput={set("device")} />
        <Field label="From" type="datetime-local" value={since} onInput={set("since")} />
        <Field label="Until" type="datetime-local" value={until} onInput={set("until")} />
      </search>
      <p class="hint">
        Oldest first, in your time zone; without times, the last hour. Events are in the archive one
        or two minutes after their publication.
      </p>
      <Page loaded={loaded} hasBefore={cursor !== undefined} />
    </Screen>
  );
};

const Page = ({ loaded, hasBefore }: { loaded: Loaded<EventPage>; hasBefore: boolean }) => {
  const { data, error, reload } = loaded;
  if (error !== undefined || data === undefined) {
    return <LoadState data={data} error={error} reload={reload} />;
  }
  const { events, cursor } = data;
  return (
    <>
      {events.length === 0 && (
        <p role="status">
          {cursor === undefined
            ? "No archived event matches."
            : "No event matches in this part of the archive. Continue with the next page."}
        </p>
      )}
      {events.length > 0 && (
        <section class="card" aria-label="Archived events">
          <Table
            label="Archived events"
            rows={events}
            keyOf={({ id }) => id}
            columns={[
              {
                title: "Published",
                cell: ({ published_at: at }) => (
                  <time dateTime={at}>{wholeTime(Date.parse(at))}</time>
                ),
              },
              { title: "Name", cell: ({ name }) => <Text value={name} max={80} /> },
              { title: "Data", cell: ({ data: text }) => <Text value={text} /> },
              {
                title: "Device",
                cell: ({ coreid: id }) => <Text value={id} max={60} />,
              },
            ]}
          />
        </section>
      )}
      <Pager hasBefore={hasBefore} cursor={cursor} />
    </>
  );
};
