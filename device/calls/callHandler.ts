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

/** Handles the calls of the cloud. */
export interface CallHandler {
  /**
   * Returns the serialized reply to a call, or `undefined` if the payload is not a call. A repeated
   * call gets the cached reply and does not run again.
   */
  handle(payload: string): Promise<string> | undefined;
}

interface CachedReply {
  readonly reply: Promise<string>;
  /** Time of the reply, by `elapsed()`; `undefined` while the call runs. */
  answeredAt: number | undefined;
}

/** Creates a call handler that runs each call once and caches the last replies by call id. */
export const createCallHandler = (
  offered: { readonly functions: Functions; readonly variables: Variables },
  clock: Clock,
): CallHandler => {
  const replies = new Map<string, CachedReply>();

  /** Evicts expired replies, and the oldest beyond `max`. Never evicts a running call. */
  const evict = (max: number): void => {
    const done = [...replies].filter(([, { answeredAt }]) => answeredAt !== undefined);
    const surplus = done.length - max;
    for (const [index, [id, { answeredAt = 0 }]] of done.entries()) {
      const isExpired = clock.elapsed() - answeredAt > cachedReplyMs;
      if (index < surplus || isExpired) replies.delete(id);
    }
  };

  const run = (id: string, call: Call): Promise<string> => {
    const running = [...replies.values()].filter(({ answeredAt }) => answeredAt === undefined);
    const value =
      running.length < concurrentCallsMax
        ? callValue(call, offered)
        : Promise.reject(new Error("too many calls are running"));
    const reply = value.then(
      (value) => formatReply({ id, value }),
      (error: unknown) => formatReply({ id, error: errorText(error) }),
    );
    evict(cachedRepliesMax - 1);
    const entry: CachedReply = { reply, answeredAt: undefined };
    replies.set(id, entry);
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
      evict(cachedRepliesMax);
      return replies.get(call.id)?.reply ?? run(call.id, call);
    },
  };
};

type Call = Readonly<Record<string, unknown>>;

/**
 * The device does not offer the called function or variable. The cloud recognizes the two messages
 * "unknown function" and "unknown variable".
 */
class UnknownName extends Error {}

const callValue = async (
  call: Call,
  { functions, variables }: { readonly functions: Functions; readonly variables: Variables },
): Promise<unknown> => {
  if (typeof call.variable === "string") {
    const variable = ownProperty(variables, call.variable);
    if (variable === undefined) throw new UnknownName("unknown variable");
    return await readVariable(variable);
  }
  const called = ownProperty(functions, call.function);
  if (called === undefined) throw new UnknownName("unknown function");
  const argument = typeof call.argument === "string" ? call.argument : "";
  if (Buffer.byteLength(argument) > argumentBytesMax) throw new Error("the argument is too long");
  const result: unknown = await called(argument);
  if (!isInt32(result)) throw new Error("the function's result is not an int32");
  return result;
};

/** Returns an own property only: a call of `constructor` finds nothing. */
const ownProperty = <T>(offered: Readonly<Record<string, T>>, name: unknown): T | undefined =>
  typeof name === "string" && Object.hasOwn(offered, name) ? offered[name] : undefined;

const formatReply = (reply: { readonly id: string; value?: unknown; error?: string }): string => {
  const text = JSON.stringify(reply);
  if (Buffer.byteLength(text) <= payloadBytesMax) return text;
  return JSON.stringify({ id: reply.id, error: "the value is too long" });
};

/** Prefixes the two reserved messages if a function throws one of them by chance. */
const errorText = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  const isReserved = text === "unknown function" || text === "unknown variable";
  return (isReserved && !(error instanceof UnknownName) ? `failed: ${text}` : text).slice(
    0,
    errorCharsMax,
  );
};
