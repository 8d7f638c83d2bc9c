import * as z from "zod/mini";
import type { Device } from "../../device/device.ts";
import { sendFleet } from "../../device/fleet/moveDevice.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { asError } from "../../platform/asError.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { helloDevice, reconcileDevice } from "../../platform/topic.ts";
import { type DeviceRows, presenceMessageDevice } from "../deviceRows.ts";
import { type RecoveryDeps, recoverSession } from "../recovery/recoverSession.ts";
import { type Hello, hello, type RecordedFirmware, type Session } from "../session.ts";
import {
  applyHello,
  applyPresenceEvent,
  changesOf,
  type PresenceEvent,
  presenceEvent,
  type SessionUpdate,
  type StatusChange,
} from "../sessionUpdate.ts";
import { updateSession } from "../updateSession.ts";
import { awaitUpdateReport } from "./awaitUpdateReport.ts";
import type { ForwardHello } from "./forwardHello.ts";

interface Deps extends RecoveryDeps {
  readonly forwardHello: ForwardHello;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** A presence event of the broker, or a hello of a device. */
type SessionSignal =
  | { readonly presence: PresenceEvent }
  | { readonly hello: Hello; readonly receivedAt: number };

/** The other signal is a worker's request for a reconciliation. */
type PresenceSignal = SessionSignal | { readonly reconcile: { readonly activeAt: number } };

/**
 * Updates sessions from presence events, hellos and reconcile requests. `rows` are those of
 * `readDeviceRows` for these messages. Returns, in the order of the messages, `undefined` for a
 * processed message, or the error for which the queue must redeliver it.
 *
 * Consecutive presence events and hellos of one device are one update of its session: one write,
 * and the statuses of all of them in order. They succeed or fail together.
 */
export const handlePresenceMessages = async (
  received: readonly ReceivedEvent[],
  rows: ReadonlyMap<string, DeviceRows | Error>,
  deps: Deps,
): Promise<(Error | undefined)[]> => {
  const outcomes: (Error | undefined)[] = [];
  // Messages of one device are processed in sequence: they would conflict with each other.
  const byDevice = Map.groupBy(received.keys(), (i) => deviceAt(i, received));
  await Promise.all(
    [...byDevice].map(async ([id, indexes]) => {
      const known = id === undefined ? undefined : rows.get(id);
      if (known instanceof Error) for (const i of indexes) outcomes[i] = known;
      // Other clients have presence events too, and a device may not exist any more.
      if (known === undefined || known instanceof Error || known.device === undefined) return;
      let read: Read = known;
      for (const step of stepsOf(indexes, received)) {
        const error = await take(known.device, step, read, deps);
        for (const i of step.indexes) outcomes[i] = error;
        // The step has changed it.
        read = undefined;
      }
    }),
  );
  return received.map((_, i) => outcomes[i]);
};

const deviceAt = (i: number, received: readonly ReceivedEvent[]): string | undefined => {
  const message = received[i];
  return message && presenceMessageDevice(message);
};

/** The session that was read with the batch. */
type Read = { readonly session?: Session } | undefined;

/** Messages that are processed together. */
type Step = { readonly indexes: number[] } & (
  | { readonly signals: SessionSignal[] }
  | { readonly reconcile: { readonly activeAt: number } }
);

const stepsOf = (indexes: readonly number[], received: readonly ReceivedEvent[]): Step[] => {
  const steps: Step[] = [];
  for (const i of indexes) {
    const message = received[i];
    const signal = message && readSignal(message);
    // A payload may be no valid hello.
    if (signal === undefined) continue;
    const last = steps.at(-1);
    if ("reconcile" in signal) steps.push({ indexes: [i], ...signal });
    else if (last === undefined || "reconcile" in last)
      steps.push({ indexes: [i], signals: [signal] });
    else {
      last.indexes.push(i);
      last.signals.push(signal);
    }
  }
  return steps;
};

const take = async (
  device: Device,
  step: Step,
  read: Read,
  deps: Deps,
): Promise<Error | undefined> => {
  try {
    if ("reconcile" in step) await recoverSession(device, step.reconcile, deps);
    else await applySignals(device, { signals: step.signals, read }, deps);
    return undefined;
  } catch (error) {
    return asError(error);
  }
};

const readSignal = ({ topic, data, receivedAt }: ReceivedEvent): PresenceSignal | undefined => {
  if (reconcileDevice(topic) !== undefined) return { reconcile: { activeAt: receivedAt } };
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  if (helloDevice(topic) !== undefined) {
    const { data: payload } = z.safeParse(hello, json);
    return payload && { hello: payload, receivedAt };
  }
  const { data: presence } = z.safeParse(presenceEvent, json);
  return presence && { presence };
};

const applySignals = async (
  device: Device,
  { signals, read }: Pick<Extract<Step, { signals: unknown }>, "signals"> & { read: Read },
  deps: Deps,
): Promise<void> => {
  const place = { device: device.id, region: deps.link.region };
  let heard: Hello | undefined;
  const track = async (before: Session | undefined): Promise<SessionUpdate | undefined> => {
    heard = undefined;
    let session = before;
    const statuses: SessionUpdate["statuses"][number][] = [];
    const changes: StatusChange[] = [];
    for (const signal of signals) {
      const update =
        "presence" in signal
          ? applyPresenceEvent(session, signal.presence, place)
          : applyHello(session, signal, place);
      if (update === undefined) continue;
      session = update.session;
      statuses.push(...update.statuses);
      changes.push(...changesOf(update));
      if ("hello" in signal) {
        heard = signal.hello;
        const recorded = await deps.forwardHello(device, signal, session.recorded);
        session = withRecorded(session, recorded);
      }
    }
    // The signals are one write.
    const revision = (before?.revision ?? 0) + 1;
    return session === undefined || session === before
      ? undefined
      : { session: { ...session, revision }, statuses, changes };
  };
  const events = signals.flatMap((signal) => ("presence" in signal ? [signal.presence] : []));
  const hasWaited = await awaitUpdateReport(read?.session, events, deps);
  await updateSession(device, track, deps, hasWaited ? undefined : read);
  if (heard !== undefined) await correctFleet(device, heard, deps);
};

const withRecorded = (
  { recorded: _, ...session }: Session,
  recorded: RecordedFirmware | undefined,
): Session => ({ ...session, ...(recorded && { recorded }) });

/** Sends the current fleet to a device that was moved while it was offline. */
const correctFleet = async (device: Device, { fleet }: Hello, deps: RecoveryDeps) => {
  if (fleet === undefined || fleet === device.fleet) return;
  try {
    await sendFleet(device, deps.link);
  } catch (error) {
    deps.onError("sending a device its fleet failed", error);
  }
};
