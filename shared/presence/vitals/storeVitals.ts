import { acceptEvent, eventText, type ReceivedEvent } from "../../event/deviceEvent.ts";
import { dayMs, hourMs } from "../../platform/durations.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { deviceIdPattern } from "../../platform/topic.ts";
import { vitalsBytesMax, vitalsDays, vitalsPerHourMax } from "./limits.ts";
import { type Vitals, type VitalsStore, vitalsEvent, vitalsPayload } from "./vitals.ts";

interface Deps {
  readonly vitals: Pick<VitalsStore, "add" | "count">;
  readonly now: () => number;
  /** Vitals were not stored; their event is delivered like any other. */
  readonly onRefused: (refusal: { device: string; reason: string }) => void;
}

/** The vitals in a message; `undefined` for another message, a reason for malformed vitals. */
const readVitals = (
  received: ReceivedEvent,
): { device: string; vitals: Vitals | string } | undefined => {
  const accepted = acceptEvent(received);
  if (accepted === undefined) return undefined;
  const { id, device, fleet, name, publishedAt, data } = accepted.event;
  if (name !== vitalsEvent || !deviceIdPattern.test(device)) return undefined;
  if (Buffer.byteLength(data, "base64") > vitalsBytesMax) {
    return { device, vitals: `the payload is longer than ${vitalsBytesMax} bytes` };
  }
  const payload = vitalsPayload.safeParse(parseJson(eventText({ data })));
  if (!payload.success) {
    return { device, vitals: "the payload is not JSON with the object device, or it is too large" };
  }
  return { device, vitals: { device, fleet, at: publishedAt, event: id, payload: payload.data } };
};

/**
 * Stores the vitals in a message of the queue `Presence`. Malformed vitals, those of a device that
 * publishes too many, and expired ones are refused, without an effect on other messages. Does
 * nothing for another message. Idempotent.
 */
export const storeVitals = async (
  received: ReceivedEvent,
  { vitals: store, now, onRefused }: Deps,
): Promise<void> => {
  const read = readVitals(received);
  if (read === undefined) return;
  const { device, vitals } = read;
  const reason = typeof vitals === "string" ? vitals : await refusalOf(vitals, { store, now });
  if (reason !== undefined) return onRefused({ device, reason });
  if (typeof vitals !== "string") await store.add(vitals);
};

const refusalOf = async (
  { device, at }: Vitals,
  { store, now }: { store: Pick<VitalsStore, "count">; now: () => number },
): Promise<string | undefined> => {
  if (at <= now() - vitalsDays * dayMs) return `they are older than ${vitalsDays} days`;
  // By the hour of their time, so that the number of stored ones is bounded for any clock.
  const since = at - (at % hourMs);
  const count = await store.count(device, { since, until: since + hourMs }, vitalsPerHourMax);
  return count < vitalsPerHourMax ? undefined : `there are ${count} of the same hour already`;
};
