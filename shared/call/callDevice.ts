import type { Device } from "../device/device.ts";
import { knownSessions } from "../device/deviceState.ts";
import type { Session } from "../device/session.ts";
import { Failure } from "../failure.ts";
import { callWaitMs, replyLookFactor, replyLookMsMax, replyLookMsMin } from "../limits.ts";
import { parseJson } from "../parseJson.ts";
import type { DeviceLink, Sessions } from "../ports.ts";
import { callTopic } from "../topic.ts";
import { int32Max, int32Min, isUnknown, type Question, reply, type Value } from "./call.ts";

interface Needs {
  readonly sessions: Pick<Sessions, "list">;
  /** This region's first. */
  readonly links: readonly Pick<DeviceLink, "region" | "send" | "reply">[];
  readonly newId: () => string;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  readonly onSetback: (what: string, error: unknown) => void;
}

/** A device's answer. */
interface Answer {
  readonly value: Value;
  /** As they were known: for a variable, whose answer speaks of them, and where there are several regions. */
  readonly sessions: readonly Session[];
}

/**
 * Asks a device and waits for its answer. The call is sent once: to another region only when the one before
 * had no connection of the device. What a session says decides where it is looked for first, never whether.
 *
 * Fails with `device_offline`, `device_timeout` (it may still carry the call out), `no_such_function`,
 * `no_such_variable` and `device_error`.
 */
export const callDevice = async (
  device: Device,
  question: Question,
  needs: Needs,
): Promise<Answer> => {
  const { links } = needs;
  const isRead = links.length > 1 || "variable" in question;
  const reading = isRead ? knownSessions([device.id], needs) : Promise.resolve([]);
  // With one region there is nothing to choose, and nothing to wait for.
  const ordered = links.length > 1 ? likeliestFirst(links, await reading) : links;
  for (const link of ordered) {
    const answer = await ask(device.id, question, { ...needs, link });
    if (answer !== "offline") return { value: valueIn(answer, question), sessions: await reading };
  }
  throw new Failure("The device is not connected.", { code: "device_offline" });
};

/** Regions whose session says that the device is there, the latest first; then the others in their order. */
const likeliestFirst = (links: Needs["links"], sessions: readonly Session[]): Needs["links"] => {
  const rank = ({ region }: { region: string }): number => {
    const row = sessions.find((session) => session.region === region);
    return row?.connected ? row.since : 0;
  };
  return links.toSorted((a, b) => rank(b) - rank(a));
};

const ask = async (
  device: string,
  question: Question,
  { link, ...needs }: Needs & { link: Needs["links"][number] },
): Promise<string | "offline"> => {
  const id = needs.newId();
  const deadline = needs.now() + callWaitMs;
  const message = Buffer.from(JSON.stringify({ id, ...question }));
  const sent = await link.send(device, callTopic(device), message);
  if (sent === "offline") return sent;
  // A device that did not confirm may have the call all the same: its answer is waited for.
  for (let ms = replyLookMsMin; ; ms = Math.min(ms * replyLookFactor, replyLookMsMax)) {
    const answer = await link.reply(device, id);
    if (answer !== undefined) return answer;
    if (needs.now() + ms >= deadline) throw new Failure("Timed out.", { code: "device_timeout" });
    await needs.wait(ms);
  }
};

const valueIn = (answer: string, question: Question): Value => {
  const { data } = reply.safeParse(parseJson(answer));
  if (data === undefined) throw deviceError("The device's answer cannot be read.");
  if ("error" in data) throw isUnknown(data.error) ? unknown(question) : deviceError(data.error);
  const { value } = data;
  const isInt32 =
    typeof value === "number" && Number.isInteger(value) && value >= int32Min && value <= int32Max;
  if ("variable" in question || isInt32) return value;
  throw deviceError("The device's answer is not a whole number of 32 bits.");
};

const unknown = (question: Question): Failure =>
  "variable" in question
    ? new Failure("Variable not found", { code: "no_such_variable" })
    : new Failure(`Function ${question.function} not found`, { code: "no_such_function" });

const deviceError = (what: string): Failure => new Failure(what, { code: "device_error" });
