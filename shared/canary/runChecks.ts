import * as z from "zod/mini";
import { canaryUsername } from "../account/user/canaryUser.ts";
import { type Check, checks } from "../objective/check.ts";
import type { Objective } from "../objective/objectives.ts";
import { asError } from "../platform/asError.ts";
import { parseJson } from "../platform/parseJson.ts";
import { canaryCheckMsMax, canaryStreamOpenMsMax } from "./limits.ts";
import {
  type CanaryApi,
  type CanaryDevice,
  type CanaryOffer,
  type ConnectCanary,
  StreamRefused,
} from "./ports.ts";

/**
 * The result of a check. `unknown` says nothing about the service: a part that the check needs, but
 * does not check, failed, or the customers use all concurrency slots.
 */
export interface CheckResult {
  readonly check: Check;
  readonly outcome: "passed" | "failed" | "unknown";
  /** The time that it took, in milliseconds; absent if it did not pass. */
  readonly ms?: number;
  /** Why it did not pass. */
  readonly reason?: string;
}

export interface CheckDeps {
  readonly api: CanaryApi;
  readonly connect: ConnectCanary;
  /** The id of the synthetic device. */
  readonly device: string;
  readonly region: string;
  /** The checks to report. */
  readonly checks: readonly Check[];
  /** A random text of letters and digits, up to 32 characters. */
  readonly nonce: string;
  /** Whether the target of the integration did not work shortly before. */
  readonly isTargetSuspect: boolean;
  /** Milliseconds from an arbitrary start. */
  readonly elapsed: () => number;
  /** The latency bound of each check. */
  readonly objectives: Readonly<Record<Check, Pick<Objective, "latencyMsMax">>>;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** A check that cannot say anything about the service. */
export class Unknown extends Error {}

/** The first reply of the target of the integration, or the reason of a failed attempt. */
type Response = { readonly body: string } | { readonly error: string };

/**
 * Runs the checks once, within the time of the signal, with one connection, one stream and one call
 * at a time: all but `update`, which `checkUpdate` makes less often. Never fails.
 */
export const runChecks = async (deps: CheckDeps): Promise<CheckResult[]> => {
  const ends = new AbortController();
  const inRun = { ...deps, signal: AbortSignal.any([deps.signal, ends.signal]) };
  const responded = Promise.withResolvers<Response>();
  let device: CanaryDevice | undefined;
  try {
    const [api, connect] = await Promise.all([
      timed("api", inRun, (signal) => checkApi(inRun, signal)),
      timed("connect", inRun, async (signal) => {
        device = await inRun.connect(offerOf(deps.nonce, responded.resolve), signal);
      }),
    ]);
    const others = await runWithDevice(device, {
      ...inRun,
      responded: responded.promise,
      isTargetSuspect: deps.isTargetSuspect || api.outcome === "failed",
    });
    return [api, connect, ...others].filter(({ check }) => deps.checks.includes(check));
  } finally {
    ends.abort();
    await device?.close().catch(() => {});
  }
};

/** The checks that need the device. Without a connection they are unknown. */
const runWithDevice = async (
  device: CanaryDevice | undefined,
  deps: CheckDeps & { readonly responded: Promise<Response> },
): Promise<CheckResult[]> => {
  if (device === undefined) {
    const reason = "the device is not connected";
    return checks
      .filter((check) => check !== "api" && check !== "connect" && check !== "update")
      .map((check) => ({ check, outcome: "unknown", reason }));
  }
  const streamed = Promise.withResolvers<void>();
  const opened = await open(deps, streamed.resolve);
  const results = await Promise.all([
    timed("event", deps, () => device.publish(`canary/${deps.nonce}`, deps.nonce)),
    timed("webhook", deps, () => checkWebhook(deps)),
    timed("stream", deps, async () => {
      if (opened.error !== undefined) throw opened.error;
      await streamed.promise;
    }),
    // One after the other: a small region has two slots for calls.
    timed("function", deps, (signal) => checkFunction(deps, signal)),
  ]);
  return [...results, await timed("variable", deps, (signal) => checkVariable(deps, signal))];
};

/** Opens the stream, or returns why that failed. */
const open = (deps: CheckDeps, onEvent: () => void): Promise<{ error?: Error }> => {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(
    () => late.reject(new Error("the stream did not open in time")),
    canaryStreamOpenMsMax,
  );
  const opening = Promise.race([follow(deps, onEvent), late.promise]);
  return settle(opening).finally(() => clearTimeout(timer));
};

/** The outcome of a promise, which then never rejects. */
const settle = async (promise: Promise<void>): Promise<{ error?: Error }> => {
  try {
    await promise;
    return {};
  } catch (error) {
    return { error: asError(error) };
  }
};

/**
 * Runs a check within `canaryCheckMsMax`, or another time, and measures it. A check that is slower
 * than its bound fails.
 */
export const timed = async (
  check: Check,
  { elapsed, objectives, signal: run }: Pick<CheckDeps, "elapsed" | "objectives" | "signal">,
  work: (signal: AbortSignal) => Promise<void>,
  msMax = canaryCheckMsMax,
): Promise<CheckResult> => {
  const late = new AbortController();
  const signal = AbortSignal.any([run, late.signal]);
  const timer = setTimeout(() => late.abort(), msMax);
  const since = elapsed();
  try {
    const over = Promise.withResolvers<never>();
    const stop = () => over.reject(new Error("no result in time"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    await Promise.race([(async () => work(signal))(), over.promise]);
    const ms = elapsed() - since;
    const { latencyMsMax: bound } = objectives[check];
    if (ms <= bound) return { check, outcome: "passed", ms };
    return { check, outcome: "failed", ms, reason: `it took longer than ${bound} ms` };
  } catch (error) {
    const { message } = asError(error);
    return { check, outcome: error instanceof Unknown ? "unknown" : "failed", reason: message };
  } finally {
    clearTimeout(timer);
    late.abort();
  }
};

const offerOf = (nonce: string, respond: (response: Response) => void): CanaryOffer => ({
  add: (argument) => Number(argument) + 1,
  nonce: () => nonce,
  onResponse({ name, data }) {
    if (name.startsWith(`hook-response/canary/${nonce}/`)) respond({ body: data });
    if (name.startsWith(`hook-error/canary/${nonce}/`)) respond({ error: data });
  },
});

/** Customers may use all slots of a region, and the rate of its API. That is no failure. */
const refuseBusy = (status: number): void => {
  if (status === 429) throw new Unknown("the API limits the canary's requests");
};

/** A request that needs the API and its tables only. One about devices also asks the broker. */
const checkApi = async ({ api, region }: CheckDeps, signal: AbortSignal): Promise<void> => {
  const { status, body } = await api.send({ method: "GET", path: "/v1/user" }, signal);
  refuseBusy(status);
  const own = z.object({ username: z.literal(canaryUsername(region)) }).safeParse(body);
  if (status !== 200 || !own.success) throw new Error(`the user was answered with ${status}`);
};

const checkFunction = async ({ api, device }: CheckDeps, signal: AbortSignal): Promise<void> => {
  const request = {
    method: "POST",
    path: `/v1/devices/${device}/add`,
    body: { arg: "41" },
  } as const;
  const { status, body } = await api.send(request, signal);
  refuseBusy(status);
  const answered = z.object({ return_value: z.literal(42) }).safeParse(body);
  if (status !== 200 || !answered.success) throw new Error(`the call was answered with ${status}`);
};

const checkVariable = async (
  { api, device, nonce }: CheckDeps,
  signal: AbortSignal,
): Promise<void> => {
  const request = { method: "GET", path: `/v1/devices/${device}/nonce` } as const;
  const { status, body } = await api.send(request, signal);
  refuseBusy(status);
  const read = z.object({ result: z.literal(nonce) }).safeParse(body);
  if (status !== 200 || !read.success) throw new Error(`the read was answered with ${status}`);
};

/** Opens the stream of the canary's events. `onEvent` is called for the event of this run. */
const follow = async (
  { api, device, nonce, signal }: CheckDeps,
  onEvent: () => void,
): Promise<void> => {
  const own = z.object({ data: z.literal(nonce), coreid: z.literal(device) });
  try {
    await api.follow(
      `/v1/devices/${device}/events/canary`,
      (data) => own.safeParse(data).success && onEvent(),
      signal,
    );
  } catch (error) {
    if (error instanceof StreamRefused) refuseBusy(error.status);
    throw error;
  }
};

/**
 * Waits for the reply of the target, which the device receives as a response event. The target is a
 * route of the API: while the API fails, a delivery that fails says nothing about integrations.
 */
const checkWebhook = async ({
  responded,
  nonce,
  region,
  isTargetSuspect,
  signal,
}: CheckDeps & { readonly responded: Promise<Response> }): Promise<void> => {
  const over = Promise.withResolvers<Response>();
  const none = () => over.resolve({ error: "no response event" });
  // Before the check itself ends.
  const timer = setTimeout(none, canaryCheckMsMax - 100);
  signal.addEventListener("abort", none, { once: true });
  const response = await Promise.race([responded, over.promise]);
  clearTimeout(timer);
  if ("error" in response) {
    if (isTargetSuspect) throw new Unknown(`the target of the webhook fails: ${response.error}`);
    throw new Error(response.error);
  }
  const expected = z.object({ nonce: z.literal(nonce), region: z.literal(region) });
  if (!expected.safeParse(parseJson(response.body)).success) {
    throw new Error("the target received something else");
  }
};
