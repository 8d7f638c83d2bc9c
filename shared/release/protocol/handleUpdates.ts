import * as z from "zod/mini";
import type { Device } from "../../device/device.ts";
import type { ReceivedEvent } from "../../event/deviceEvent.ts";
import { asError } from "../../platform/asError.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { helloDevice, updatesDevice } from "../../platform/topic.ts";
import type { DeviceRows } from "../../presence/deviceRows.ts";
import { type ForwardedHello, forwardedHello } from "../../presence/messages/forwardHello.ts";
import type { UpdateReport } from "../model/updateReport.ts";
import { reportProgress } from "../progress.ts";
import type { AnswerRequest } from "./answerRequest.ts";
import { type HelloDeps, handleHello } from "./handleHello.ts";
import { requestFreshMs } from "./limits.ts";
import { publishUpdateEvents } from "./publishUpdateEvents.ts";
import type { RequestLimiter } from "./requestLimiter.ts";
import { tellDevice } from "./tellDevice.ts";
import { stageOf } from "./updateEvents.ts";
import { type UpdateRequest, updateMessage } from "./updateMessage.ts";

/** The dependencies of `handleUpdates`. */
export interface UpdatesDeps extends HelloDeps {
  readonly answer: AnswerRequest;
  readonly limiters: { readonly reports: RequestLimiter; readonly requests: RequestLimiter };
  /** Called for a message of a device that sends too many. */
  readonly onDropped: (device: string) => void;
  /** Called on a non-fatal error. */
  readonly onError: (what: string, error: unknown) => void;
}

type Content =
  | { readonly hello: ForwardedHello }
  | { readonly report: UpdateReport }
  | { readonly request: UpdateRequest };

type Message = { readonly device: string; readonly at: number } & Content;

/** The device that a message of the queue is about; `undefined` for another message. */
export const updateMessageDevice = ({ topic }: Pick<ReceivedEvent, "topic">): string | undefined =>
  updatesDevice(topic) ?? helloDevice(topic);

/**
 * Handles a batch of the queue `Updates`: hellos that `presence` has forwarded, and what devices
 * report and request. `rows` are those of the devices, read after the messages were received.
 * Returns, in the order of the messages, `undefined` for a handled message, or the error for which
 * the queue must redeliver it.
 *
 * The messages of a device are handled in the order of their receipt, those of different devices
 * concurrently. Reports and hellos are repeated until they are handled. Requests are not: a device
 * repeats them. `isRedelivered` has an element for each message.
 */
export const handleUpdates = async (
  received: readonly ReceivedEvent[],
  {
    rows,
    isRedelivered,
  }: {
    readonly rows: ReadonlyMap<string, DeviceRows | Error>;
    readonly isRedelivered: readonly boolean[];
  },
  deps: UpdatesDeps,
): Promise<(Error | undefined)[]> => {
  const outcomes: (Error | undefined)[] = received.map(() => undefined);
  const byDevice = Map.groupBy(received.keys(), (i) => updateMessageDevice(received[i] ?? none));
  await Promise.all(
    [...byDevice].map(async ([id, indexes]) => {
      const known = id === undefined ? undefined : rows.get(id);
      if (known instanceof Error) for (const i of indexes) outcomes[i] = known;
      // A device may not exist any more.
      if (known === undefined || known instanceof Error || known.device === undefined) return;
      for (const { i, message } of inOrder(indexes, received)) {
        const { device } = known;
        const isRepeat = isRedelivered[i] ?? false;
        outcomes[i] = await handle(message, { ...known, device, isRepeat }, deps);
      }
    }),
  );
  return outcomes;
};

const none = { topic: "" };

interface Known extends DeviceRows {
  readonly device: Device;
  /** The queue has delivered the message before. */
  readonly isRepeat: boolean;
}

/** The messages of one device by their receipt. A report that a later one repeats is left out. */
const inOrder = (
  indexes: readonly number[],
  received: readonly ReceivedEvent[],
): { readonly i: number; readonly message: Message }[] => {
  const all = indexes.flatMap((i) => {
    const event = received[i];
    const message = event && readMessage(event);
    return message === undefined ? [] : [{ i, message }];
  });
  const sorted = all.toSorted((one, other) => one.message.at - other.message.at);
  return sorted.filter(({ message }, k) => {
    const next = sorted[k + 1]?.message;
    return next === undefined || !isRepeated(message, next);
  });
};

/** Of consecutive reports of a download, the last one says everything. */
const isRepeated = (message: Message, next: Message): boolean =>
  "report" in message &&
  "report" in next &&
  message.report.state === "downloading" &&
  next.report.state === "downloading" &&
  message.report.release === next.report.release;

/** Reads a message. An invalid one is ignored, as every later version of a device may send some. */
const readMessage = (event: ReceivedEvent): Message | undefined => {
  const { topic, data, receivedAt: at } = event;
  const json = parseJson(Buffer.from(data, "base64").toString("utf8"));
  const speaking = helloDevice(topic);
  if (speaking !== undefined) {
    const { data: hello } = z.safeParse(forwardedHello, json);
    return hello && { device: speaking, at, hello };
  }
  const device = updatesDevice(topic);
  const { data: message } = z.safeParse(updateMessage, json);
  if (device === undefined || message === undefined) return undefined;
  return "request" in message ? { device, at, request: message } : { device, at, report: message };
};

const handle = async (
  message: Message,
  known: Known,
  deps: UpdatesDeps,
): Promise<Error | undefined> => {
  if ("request" in message) return answer(message, known, deps);
  try {
    if ("hello" in message) {
      await handleHello(known.device, { ...message.hello, at: message.at }, deps);
    } else await report(message, known, deps);
    return undefined;
  } catch (error) {
    return asError(error);
  }
};

const answer = async (
  { device, at, request }: Extract<Message, { readonly request: unknown }>,
  { device: row, session }: Known,
  deps: UpdatesDeps,
): Promise<undefined> => {
  const now = deps.now();
  if (!isUnexpired(at + requestFreshMs, { now, ms: 2 * requestFreshMs })) return;
  if (!deps.limiters.requests(device, now)) {
    deps.onDropped(device);
    return;
  }
  try {
    await deps.answer(row, request, session?.hello?.keys);
  } catch (error) {
    deps.onError("a request for an image was not answered", error);
  }
};

/**
 * Records a report, then publishes its events. Both are idempotent. A report about a release that
 * is not for the device changes nothing.
 */
const report = async (
  { device, at, report: given }: Extract<Message, { readonly report: unknown }>,
  { device: row, isRepeat }: Known,
  deps: UpdatesDeps,
): Promise<void> => {
  // A report that could not be stored is not lost.
  if (!isRepeat && !deps.limiters.reports(device, deps.now())) {
    deps.onDropped(device);
    return;
  }
  const reported = await reportProgress(row, given, at, deps.progress);
  if (reported === undefined) return;
  const { id: release, version, image } = reported.release;
  const stage = stageOf(given.state);
  if (stage !== undefined) {
    const step = { release, version, sha256: image.sha256, stage, at };
    await publishUpdateEvents(row, step, deps);
  }
  await tellDevice({ id: device, connection: "" }, reported.action, deps);
};
