import type { Device } from "../device/device.ts";
import type { DeviceLink } from "../device/deviceLink.ts";
import { Failure } from "../platform/failure.ts";
import { parseJson } from "../platform/parseJson.ts";
import { callTopic } from "../platform/topic.ts";
import { knownSessions } from "../presence/deviceState.ts";
import type { Session, Sessions } from "../presence/session.ts";
import {
  type CallRequest,
  encodeCall,
  int32Max,
  int32Min,
  isUnknown,
  reply,
  type Value,
} from "./call.ts";
import { callWaitMs, replyPollFactor, replyPollMsMax, replyPollMsMin } from "./limits.ts";

interface Deps {
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "send" | "presence" | "reply">[];
  readonly newId: () => string;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  readonly onError: (what: string, error: unknown) => void;
}

/** The result of a call. */
export interface CallResult {
  readonly value: Value;
  /**
   * The device's sessions at the call: read for a variable, and in a deployment of several regions.
   */
  readonly sessions: readonly Session[];
}

/**
 * Sends a call to a device and waits for the reply. The call is sent at most once: to another
 * region only if the one before cannot have reached the device. Sessions decide the order of the
 * regions, never whether one is tried.
 *
 * | Failure | Cause |
 * |---|---|
 * | `device_offline` | no region has a connection of the device that may receive calls |
 * | `too_many_requests` | the device or the account receives too many messages; the call was not sent |
 * | `device_timeout` | no reply in time; the device may still execute the call |
 * | `no_such_function`, `no_such_variable` | the device has none of this name |
 * | `device_error` | the device returned an error or an invalid value |
 * | `unavailable` | the broker of this region cannot be reached, and no other has the device |
 */
export const callDevice = async (
  device: Device,
  question: CallRequest,
  deps: Deps,
): Promise<CallResult> => {
  const { links, newId, now } = deps;
  const isRead = links.length > 1 || "variable" in question;
  const reading = isRead ? knownSessions([device.id], deps) : Promise.resolve([]);
  // With one region the order does not matter: the call does not wait for the sessions.
  const ordered = links.length > 1 ? likelyRegionsFirst(links, await reading) : links;
  const call = { device: device.id, id: newId(), began: now(), question };
  const link = await sendOnce(call, ordered, deps);
  const answer = await waitForReply(call, link, deps);
  return { value: parseValue(answer, question), sessions: await reading };
};

interface Call {
  readonly device: string;
  readonly id: string;
  readonly began: number;
  readonly question: CallRequest;
}

/** Regions with a connected session, the latest first; then the others in their order. */
const likelyRegionsFirst = (links: Deps["links"], sessions: readonly Session[]): Deps["links"] => {
  const rank = ({ region }: { region: string }): number => {
    const row = sessions.find((session) => session.region === region);
    return row?.connected ? row.since : 0;
  };
  return links.toSorted((a, b) => rank(b) - rank(a));
};

/** Sends a call through the region that has the device's connection, and returns its link. */
const sendOnce = async (
  call: Call,
  links: Deps["links"],
  { links: [home], onError }: Deps,
): Promise<Deps["links"][number]> => {
  const message = encodeCall({ id: call.id, ...call.question });
  let uncertain: unknown;
  let refusal: unknown;
  for (const link of links) {
    if (uncertain !== undefined && !(await wasConnectedBefore(call, link))) continue;
    try {
      const sent = await link.send(call.device, callTopic(call.device), message);
      if (sent === "confirmed" || sent === "unconfirmed") return link;
      if (sent === "refused") onError(`the device may not receive calls in ${link.region}`, sent);
      if (sent === "unreachable" && link === home) uncertain = unreachable(link);
    } catch (error) {
      if (isThrottled(error)) {
        refusal ??= error;
        continue;
      }
      onError(`it is unknown whether ${link.region} has sent a call`, error);
      uncertain ??= link === home ? error : timedOut(error);
    }
  }
  throw (
    uncertain ?? refusal ?? new Failure("The device is not connected.", { code: "device_offline" })
  );
};

/** Whether a message was certainly not sent because there are too many. */
const isThrottled = (error: unknown): boolean =>
  error instanceof Failure && error.code === "too_many_requests";

/**
 * A device has one connection. If this region has had it since before the call, the region whose
 * result is unknown cannot have reached the device.
 */
const wasConnectedBefore = async (
  { device, began }: Call,
  { presence }: Pick<DeviceLink, "presence">,
): Promise<boolean> => {
  try {
    const { connected, since } = await presence(device);
    return connected && since !== undefined && since < began;
  } catch {
    return false;
  }
};

const timedOut = (cause: unknown): Failure =>
  new Failure("Timed out.", { code: "device_timeout", cause });

const unreachable = ({ region }: { region: string }): Failure =>
  new Failure(`IoT Core in ${region} cannot be reached`, { code: "unavailable" });

/** Polls for the reply, also without a confirmation: the device may have received the call. */
const waitForReply = async (
  { device, id, began }: Call,
  link: Deps["links"][number],
  { now, wait }: Deps,
): Promise<string> => {
  for (let ms = replyPollMsMin; ; ms = Math.min(ms * replyPollFactor, replyPollMsMax)) {
    const answer = await link.reply(device, id);
    if (answer !== undefined) return answer;
    if (now() + ms >= began + callWaitMs) {
      throw new Failure("Timed out.", { code: "device_timeout" });
    }
    await wait(ms);
  }
};

const parseValue = (answer: string, question: CallRequest): Value => {
  const { data } = reply.safeParse(parseJson(answer));
  if (data === undefined) throw deviceError("The device's reply is malformed.");
  if ("error" in data) throw isUnknown(data.error) ? unknown(question) : deviceError(data.error);
  const { value } = data;
  const isInt32 =
    typeof value === "number" && Number.isInteger(value) && value >= int32Min && value <= int32Max;
  if ("variable" in question || isInt32) return value;
  throw deviceError("The device's reply is not a 32-bit integer.");
};

const unknown = (question: CallRequest): Failure =>
  "variable" in question
    ? new Failure("Variable not found", { code: "no_such_variable" })
    : new Failure(`Function ${question.function} not found`, { code: "no_such_function" });

const deviceError = (what: string): Failure => new Failure(what, { code: "device_error" });
