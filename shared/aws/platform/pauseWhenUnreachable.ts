import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { regionPauseMs } from "../../platform/limits.ts";

/** Calls a service of one region, unless it was unreachable a moment ago. */
export type ServiceCaller = <Answer>(ask: () => Promise<Answer>) => Promise<Answer>;

/** After a service was unreachable, calls fail at once for `regionPauseMs`. */
export const pauseWhenUnreachable = (what: string, now: () => number = Date.now): ServiceCaller => {
  let pausedUntil = 0;
  return async (ask) => {
    if (isUnexpired(pausedUntil, { now: now(), ms: regionPauseMs })) {
      throw new Failure(`${what} did not respond a moment ago`, { code: "unavailable" });
    }
    try {
      return await ask();
    } catch (error) {
      if (isUnreachable(error)) pausedUntil = now() + regionPauseMs;
      throw error;
    }
  };
};

/**
 * Whether the service did not respond, or responded with a server error: another region may
 * succeed.
 */
export const isUnreachable = (error: unknown): boolean => {
  if (!(error instanceof Error) || error instanceof Failure) return false;
  const status = statusOf(error);
  if (status !== undefined) return status >= 500;
  return "code" in error || error.name === "TimeoutError";
};

/** The HTTP status of the response of an AWS service; `undefined` if there was no response. */
const statusOf = (error: Error): number | undefined => {
  if (!("$metadata" in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const status = "httpStatusCode" in metadata ? metadata.httpStatusCode : undefined;
  return typeof status === "number" ? status : undefined;
};

/** Error codes of Node.js for requests that were not sent: no connection was opened. */
const notSentCodes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];

/** Whether a request was certainly not sent. In case of doubt, it counts as sent. */
export const wasNotSent = (error: unknown): boolean => {
  if (error instanceof Failure) return error.code === "unavailable";
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string") return notSentCodes.includes(error.code);
  return error.name === "TimeoutError" && error.message.includes("did not establish a connection");
};
