import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product, urlOf } from "../../route/router.ts";
import { number } from "../../ui/format.ts";
import { type SeriesBody, seriesRequest, sum, valuesOf } from "../series/deliverySeries.ts";
import { Tile } from "./tile.tsx";

const renewMs = 15_000;
const dayHours = 24;
const eventMinutes = 10;

/** The events of the last minutes. */
const eventsRequest = (): ApiRequest => {
  const since = new Date(Date.now() - eventMinutes * 60_000).toISOString();
  return {
    method: "GET",
    path: fleetPath("/series"),
    query: { metric: "events", since, step: 60 },
  };
};

/** Received events by minute. */
export const EventRate = () => {
  const { data, error } = useLoaded(
    `events ${product.value ?? ""}`,
    (signal) => request<SeriesBody>(eventsRequest(), signal),
    { everyMs: renewMs },
  );
  if (data === undefined) {
    return <Tile title="Events per minute" value={error === undefined ? "…" : "unknown"} />;
  }
  const events = sum(valuesOf(data, "events"));
  const rate = events / eventMinutes;
  return (
    <Tile
      title="Events per minute"
      value={rate >= 10 || events === 0 ? number(Math.round(rate)) : rate.toFixed(1)}
      note={`in ${eventMinutes} minutes, counted after about one`}
      url={urlOf("/events")}
    />
  );
};

/** Calls of functions and reads of variables. */
export const Calls = () => {
  const { data, error } = useLoaded(
    `calls ${product.value ?? ""}`,
    (signal) => request<SeriesBody>(seriesRequest(dayHours, { metric: "calls" }), signal),
    { everyMs: renewMs },
  );
  if (data === undefined) {
    return <Tile title="Calls" value={error === undefined ? "…" : "unknown"} />;
  }
  const [ok, failed] = [sum(valuesOf(data, "ok")), sum(valuesOf(data, "failed"))];
  return (
    <Tile
      title="Calls, last 24 hours"
      value={number(ok + failed)}
      note={failed === 0 ? "none failed" : `${number(failed)} failed`}
      kind={failed === 0 ? undefined : "warn"}
    />
  );
};
