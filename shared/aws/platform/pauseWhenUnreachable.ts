import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { regionPauseMs } from "../../platform/limits.ts";

/** Asks a service of one region, unless it did not answer a moment ago. */
export type ServiceCaller = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/**
 * A service that did not answer is left alone for `regionPauseMs`: who asks meanwhile fails at
 * once.
 */
export const pauseWhenUnreachable = (what: string, now: () => number = Date.now): ServiceCaller => {
  let pausedUntil = 0;
  return async (ask) => {
    if (isUnexpired(pausedUntil, { now: now(), ms: regionPauseMs })) {
      throw new Failure(`${what} did not answer a moment ago`, { code: "unavailable" });
    }
    try {
      return await ask();
    } catch (error) {
      if (isUnreachable(error)) pausedUntil = now() + regionPauseMs;
      throw error;
    }
  };
};

/** Whether nobody answered, or with a fault of the service's own: another region may do better. */
export const isUnreachable = (error: unknown): boolean => {
  if (!(error instanceof Error) || error instanceof Failure) return false;
  const status = statusOf(error);
  if (status !== undefined) return status >= 500;
  return "code" in error || error.name === "TimeoutError";
};

/** The HTTP status of an AWS service's answer; `undefined` when there was none. */
const statusOf = (error: Error): number | undefined => {
  if (!("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const status = "httpStatusCode" in metadata ? metadata.httpStatusCode : undefined;
  return typeof status === "number" ? status : undefined;
};

/** What Node and the SDK say when a request never left: nobody was connected to. */
const notSentCodes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Whether a request was certainly not made. A doubtful one counts as made. */
export const wasNotSent = (error: unknown): boolean => {
  if (error instanceof Failure) return error.code === "unavailable";
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string") return notSentCodes.includes(error.code);
  return error.name === "TimeoutError" && error.message.includes("did not establish a connection");
};
