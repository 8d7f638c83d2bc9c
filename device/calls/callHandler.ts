import {
  argumentBytesMax,
  cachedRepliesMax,
  cachedReplyMs,
  callIdCharsMax,
  concurrentCallsMax,
  errorCharsMax,
  payloadBytesMax,
} from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import { parseObject } from "../platform/json.ts";
import { isInt32, readVariable, type Variables } from "./variable.ts";

/** Functions that the cloud may call, by name. The result is an int32. */
export type Functions = Readonly<Record<string, (argument: string) => number | Promise<number>>>;

/** Answers the calls of the cloud. */
export interface CallHandler {
  /**
   * The reply to a call, as it goes over the wire; `undefined` for what is no call. A call that came before
   * is answered as it was, and not run again.
   */
  handle(payload: string): Promise<string> | undefined;
}

interface CachedReply {
  readonly reply: Promise<string>;
  /** When it was answered; `undefined` while it runs. */
  answeredAt: number | undefined;
}

/** Runs each call once, and remembers the last ones by their ids. */
export const createCallHandler = (
  offered: { readonly functions: Functions; readonly variables: Variables },
  clock: Clock,
): CallHandler => {
  const remembered = new Map<string, CachedReply>();

  /** Those that are old, and the oldest of the others beyond `max`. One that runs is never forgotten. */
  const forget = (max: number): void => {
    const done = [...remembered].filter(([, { answeredAt }]) => answeredAt !== undefined);
    const surplus = done.length - max;
    for (const [index, [id, { answeredAt = 0 }]] of done.entries()) {
      const isOld = clock.elapsed() - answeredAt > cachedReplyMs;
      if (index < surplus || isOld) remembered.delete(id);
    }
  };

  const run = (id: string, call: Call): Promise<string> => {
    const running = [...remembered.values()].filter(({ answeredAt }) => answeredAt === undefined);
    const value =
      running.length < concurrentCallsMax
        ? callValue(call, offered)
        : Promise.reject(new Error("too many calls are running"));
    const reply = value.then(
      (value) => written({ id, value }),
      (error: unknown) => written({ id, error: errorText(error) }),
    );
    forget(cachedRepliesMax - 1);
    const entry: CachedReply = { reply, answeredAt: undefined };
    remembered.set(id, entry);
    return reply.finally(() => {
      entry.answeredAt = clock.elapsed();
    });
  };

  return {
    handle(payload) {
      const call = parseObject(payload);
      if (typeof call?.id !== "string" || call.id === "" || call.id.length > callIdCharsMax) {
        return undefined;
      }
      forget(cachedRepliesMax);
      return remembered.get(call.id)?.reply ?? run(call.id, call);
    },
  };
};

type Call = Readonly<Record<string, unknown>>;

/** The call is for something that the device does not offer. The cloud knows these two texts. */
class Unknown extends Error {}

const callValue = async (
  call: Call,
  { functions, variables }: { readonly functions: Functions; readonly variables: Variables },
): Promise<unknown> => {
  if (typeof call.variable === "string") {
    const variable = own(variables, call.variable);
    if (variable === undefined) throw new Unknown("unknown variable");
    return await readVariable(variable);
  }
  const called = own(functions, call.function);
  if (called === undefined) throw new Unknown("unknown function");
  const argument = typeof call.argument === "string" ? call.argument : "";
  if (Buffer.byteLength(argument) > argumentBytesMax) throw new Error("the argument is too long");
  const result: unknown = await called(argument);
  if (!isInt32(result)) throw new Error("the function's result is no int32");
  return result;
};

/** What an object holds itself: a call for `constructor` finds nothing. */
const own = <T>(offered: Readonly<Record<string, T>>, name: unknown): T | undefined =>
  typeof name === "string" && Object.hasOwn(offered, name) ? offered[name] : undefined;

const written = (reply: { readonly id: string; value?: unknown; error?: string }): string => {
  const text = JSON.stringify(reply);
  if (Buffer.byteLength(text) <= payloadBytesMax) return text;
  return JSON.stringify({ id: reply.id, error: "the value is too long" });
};

/** A function that fails with one of the two texts by chance does not say that it is not there. */
const errorText = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const isReserved = text === "unknown function" || text === "unknown variable";
  return (isReserved && !(error instanceof Unknown) ? `failed: ${text}` : text).slice(
    0,
    errorCharsMax,
  );
};
