import { session } from "../../api/credentials.ts";
import { eventsPath, fleetPath } from "../../api/fleet.ts";
import type { OperationsReply } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product, urlInFleet, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Empty } from "../../ui/empty.tsx";
import { number, plural } from "../../ui/format.ts";
import { Screen } from "../../ui/screen.tsx";
import { countDevices } from "../devices/listDevices.ts";
import { EventTable } from "../events/eventTable.tsx";
import { StreamStatus } from "../events/streamStatus.tsx";
import { useStream } from "../events/useStream.ts";
import { Delivery } from "./delivery.tsx";
import { Tile } from "./tile.tsx";
import { Calls, EventRate } from "./traffic.tsx";

const renewMs = 15_000;
/** The counts are exact up to this number. */
const countedMax = 1_000;
/** The integrations whose states are counted. */
const integrationsMax = 100;
const countEveryMs = 60_000;
const eventsShown = 8;

/** Is everything well? */
export const Overview = () => (
  <Screen title="Overview">
    <div class="tiles">
      <Region />
      <DeviceCounts />
      <EventRate />
      <Calls />
      <IntegrationCounts />
      <Alarms />
    </div>
    <Delivery />
    <LatestEvents />
  </Screen>
);

const Region = () => {
  const { data, error } = useLoaded(
    "health",
    (signal) => request<{ region: string }>({ method: "GET", path: "/v1/health" }, signal),
    { everyMs: renewMs },
  );
  if (error !== undefined) return <Tile title="Cloud" value="does not work" kind="bad" />;
  if (data === undefined) return <Tile title="Cloud" value="…" />;
  return <Tile title="Cloud" value="works" kind="good" note={data.region} />;
};

const DeviceCounts = () => {
  const { data, error } = useLoaded(
    product.value ?? "",
    (signal) => countDevices(countedMax, signal),
    { everyMs: countEveryMs },
  );
  if (data === undefined) {
    return <Tile title="Devices online" value={error === undefined ? "…" : "unknown"} />;
  }
  const more = data.hasMore ? " or more" : "";
  return (
    <Tile
      title="Devices online"
      value={`${number(data.online)}${more}`}
      note={`of ${number(data.total)}${more}`}
      url={urlOf("/devices")}
    />
  );
};

/** For operators: what fires anywhere in the deployment. */
const Alarms = () => {
  const now = session.value;
  return now.state === "signed-in" && now.isOperator ? <FiringAlarms /> : null;
};

const FiringAlarms = () => {
  const { data, error } = useLoaded(
    "operations",
    (signal) => request<OperationsReply>({ method: "GET", path: "/v1/operations" }, signal),
    { everyMs: countEveryMs },
  );
  if (data === undefined) {
    return <Tile title="Firing alarms" value={error === undefined ? "…" : "unknown"} />;
  }
  const { alarms_firing: firing, problems } = data;
  return (
    <Tile
      title="Firing alarms"
      value={number(firing)}
      kind={firing === 0 ? "good" : "bad"}
      note={problems.length === 0 ? "nothing needs a person" : plural(problems.length, "problem")}
      url={urlInFleet("/operations", undefined)}
    />
  );
};

interface ListBody {
  readonly integrations: readonly { readonly state?: string }[];
  readonly cursor?: string;
}

const IntegrationCounts = () => {
  const { data, error } = useLoaded(
    product.value ?? "",
    (signal) => {
      const query = { limit: integrationsMax };
      return request<ListBody>({ method: "GET", path: fleetPath("/integrations"), query }, signal);
    },
    { everyMs: renewMs },
  );
  if (data === undefined) {
    return <Tile title="Integrations" value={error === undefined ? "…" : "unknown"} />;
  }
  const { integrations, cursor } = data;
  const countOf = (state: string) => integrations.filter((each) => each.state === state).length;
  const [failing, disabled] = [countOf("failing"), countOf("disabled")];
  const notes = [
    ...(failing > 0 ? [`${number(failing)} failing`] : []),
    ...(disabled > 0 ? [`${number(disabled)} disabled`] : []),
  ];
  return (
    <Tile
      title="Integrations"
      value={`${number(integrations.length)}${cursor === undefined ? "" : " or more"}`}
      note={integrations.length === 0 ? "create the first one" : notes.join(", ") || "all healthy"}
      kind={failing > 0 ? "bad" : disabled > 0 ? "warn" : undefined}
      url={urlOf("/integrations")}
    />
  );
};

const LatestEvents = () => {
  const { ring, state } = useStream(eventsPath());
  const { events, isPaused } = ring.view.value;
  return (
    <Card
      title="Latest events"
      actions={
        <>
          <StreamStatus state={state} isPaused={isPaused} />
          <a href={urlOf("/events")}>All events</a>
        </>
      }
    >
      {events.length === 0 ? (
        <Empty title="Waiting for events.">
          <p>
            Events appear here as devices publish them.{" "}
            <a href={urlOf("/devices/new")}>Provision a device</a> to publish the first one.
          </p>
        </Empty>
      ) : (
        <EventTable events={events.slice(0, eventsShown)} />
      )}
    </Card>
  );
};
