import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type CanaryApi,
  type CanaryOffer,
  type ConnectCanary,
  StreamRefused,
} from "#shared/canary/ports.ts";
import { type CheckDeps, runChecks } from "#shared/canary/runChecks.ts";
import { checks as allChecks } from "#shared/objective/check.ts";
import { objectives } from "#shared/objective/objectives.ts";

/** The checks of each run. */
const checks = allChecks.filter((check) => check !== "update");
const nonce = "0a1b2c3d";
const region = "us-east-1";
const device = "d1";
const never = () => new Promise<never>(() => {});

/** A cloud that works, unless a part of it is replaced. */
const cloud = () => {
  let offer: CanaryOffer | undefined;
  let onData: ((data: unknown) => void) | undefined;
  const parts = {
    user: async () => ({ status: 200, body: { username: `${region}@canary.godwit` } as unknown }),
    add: async (arg: string) => ({
      status: 200,
      body: { return_value: offer?.add(arg) } as unknown,
    }),
    variable: async () => ({ status: 200, body: { result: offer?.nonce() } as unknown }),
    open: async () => {},
    connect: async () => {},
    store: async (_data: string) => {},
    /** The response event of the webhook. */
    respond: (data: string): { name: string; data: string } | undefined => ({
      name: `hook-response/canary/${nonce}/0`,
      data: JSON.stringify({ ok: true, nonce: data, region }),
    }),
    streamed: (data: string): unknown => ({ data, coreid: device }),
  };
  const closed = vi.fn(async () => {});
  const api: CanaryApi = {
    async send({ method, path, body }) {
      if (path === "/v1/user") return parts.user();
      if (path === `/v1/devices/${device}/nonce`) return parts.variable();
      if (method === "POST" && path === `/v1/devices/${device}/add`) {
        return parts.add(String(Reflect.get(body ?? {}, "arg")));
      }
      throw new Error(`unexpected: ${method} ${path}`);
    },
    async follow(path, listener) {
      expect(path).toBe(`/v1/devices/${device}/events/canary`);
      await parts.open();
      onData = listener;
    },
  };
  const connect: ConnectCanary = async (given) => {
    await parts.connect();
    offer = given;
    return {
      async publish(name, data) {
        expect(name).toBe(`canary/${nonce}`);
        onData?.(parts.streamed(data));
        await parts.store(data);
        const response = parts.respond(data);
        if (response !== undefined) given.onResponse(response);
      },
      close: closed,
    };
  };
  const run = async (more: Partial<CheckDeps> = {}) => {
    const results = await runChecks({
      api,
      connect,
      device,
      region,
      nonce,
      checks,
      isTargetSuspect: false,
      elapsed: () => performance.now(),
      objectives,
      signal: new AbortController().signal,
      ...more,
    });
    return Object.fromEntries(results.map((result) => [result.check, result]));
  };
  const outcomes = async (more: Partial<CheckDeps> = {}) =>
    Object.fromEntries(
      Object.entries(await run(more)).map(([name, { outcome }]) => [name, outcome]),
    );
  return { parts, closed, run, outcomes };
};

const passed = Object.fromEntries(checks.map((check) => [check, "passed"]));

afterEach(() => vi.useRealTimers());

/** Runs with a clock that ends every wait at once. */
const withoutWaiting = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  vi.useFakeTimers();
  const working = work();
  await vi.advanceTimersByTimeAsync(60_000);
  return working;
};

describe("the checks of a canary", () => {
  it("pass in a cloud that works, and end the connection", async () => {
    const { outcomes, closed } = cloud();
    expect(await outcomes()).toEqual(passed);
    expect(closed).toHaveBeenCalledOnce();
  });

  it("measure how long each check takes", async () => {
    let at = 0;
    const { run } = cloud();
    const results = await run({ elapsed: () => (at += 10) });
    for (const { ms } of Object.values(results)) expect(ms).toBeGreaterThan(0);
  });

  it("fail when they take longer than their objective", async () => {
    let at = 0;
    const { run } = cloud();
    const { api } = await run({ elapsed: () => (at += 10_000) });
    expect(api).toMatchObject({ outcome: "failed", reason: expect.stringContaining("longer") });
  });

  it.each([
    ["a wrong result of a call", "function", { add: async () => ({ status: 200, body: {} }) }],
    ["an error of a call", "function", { add: async () => ({ status: 408, body: {} }) }],
    [
      "another value of a variable",
      "variable",
      { variable: async () => ({ status: 200, body: { result: "old" } }) },
    ],
    ["an error of the API", "api", { user: async () => ({ status: 500, body: {} }) }],
    [
      "a stream that does not open",
      "stream",
      {
        open: async () => {
          throw new StreamRefused(503);
        },
      },
    ],
    [
      "an event that is not stored",
      "event",
      {
        store: async () => {
          throw new Error("no ack");
        },
      },
    ],
    [
      "a webhook with other data",
      "webhook",
      {
        respond: () => ({
          name: `hook-response/canary/${nonce}/0`,
          data: JSON.stringify({ ok: true, nonce: "other", region }),
        }),
      },
    ],
    [
      "a webhook that another region received",
      "webhook",
      {
        respond: () => ({
          name: `hook-response/canary/${nonce}/0`,
          data: JSON.stringify({ ok: true, nonce, region: "eu-west-1" }),
        }),
      },
    ],
    [
      "a failed attempt of the webhook",
      "webhook",
      { respond: () => ({ name: `hook-error/canary/${nonce}/0`, data: "error status 502" }) },
    ],
  ])("notice %s", async (_what, check, replaced) => {
    const { parts, outcomes } = cloud();
    Object.assign(parts, replaced);
    const found = await withoutWaiting(() => outcomes());
    expect(found[check]).toBe("failed");
    const others = Object.entries(found).filter(([name]) => name !== check);
    // Without an ack, the fake sends no response event either.
    const isOther = (name: string) => check !== "event" || name !== "webhook";
    expect(others.filter(([name, outcome]) => isOther(name) && outcome !== "passed")).toEqual([]);
  });

  it.each([
    ["the broker", "connect", { connect: never }],
    ["the API", "api", { user: never }],
    ["a call", "function", { add: never }],
    ["a variable", "variable", { variable: never }],
    ["a stream", "stream", { open: never }],
    ["an ack", "event", { store: never }],
    ["a response event", "webhook", { respond: () => undefined }],
    ["a streamed event", "stream", { streamed: () => ({ data: "other", coreid: device }) }],
  ])("end in time when %s does not answer", async (_what, check, replaced) => {
    const { parts, outcomes } = cloud();
    Object.assign(parts, replaced);
    const found = await withoutWaiting(() => outcomes());
    expect(found[check]).toBe("failed");
  });

  it("know nothing about the rest without a connection", async () => {
    const { parts, outcomes } = cloud();
    parts.connect = async () => {
      throw new Error("refused");
    };
    const unknown = Object.fromEntries(checks.map((check) => [check, "unknown"]));
    expect(await outcomes()).toEqual({ ...unknown, api: "passed", connect: "failed" });
  });

  it("do not blame webhooks while the API, their target, fails", async () => {
    const { parts, outcomes } = cloud();
    parts.user = async () => ({ status: 503, body: {} });
    parts.respond = () => ({ name: `hook-error/canary/${nonce}/0`, data: "error status 503" });
    expect(await outcomes()).toEqual({ ...passed, api: "failed", webhook: "unknown" });
  });

  it("do not blame webhooks shortly after the API failed, while its breaker may be open", async () => {
    const { parts, outcomes } = cloud();
    parts.respond = () => undefined;
    const found = await withoutWaiting(() => outcomes({ isTargetSuspect: true }));
    expect(found).toEqual({ ...passed, webhook: "unknown" });
  });

  it("do not fail because customers use all slots", async () => {
    const { parts, outcomes } = cloud();
    const busy = async () => ({ status: 429, body: {} });
    Object.assign(parts, { add: busy, variable: busy });
    parts.open = async () => {
      throw new StreamRefused(429);
    };
    expect(await outcomes()).toEqual({
      ...passed,
      function: "unknown",
      variable: "unknown",
      stream: "unknown",
    });
  });

  it("report only those that are selected", async () => {
    const { outcomes } = cloud();
    expect(await outcomes({ checks: ["api"] })).toEqual({ api: "passed" });
  });

  it("make one call at a time: a small region has two slots for calls", async () => {
    const { parts, outcomes } = cloud();
    let calls = 0;
    let most = 0;
    const counted =
      <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        calls += 1;
        most = Math.max(most, calls);
        await new Promise((resolve) => setTimeout(resolve, 1));
        calls -= 1;
        return work(...args);
      };
    parts.add = counted(parts.add);
    parts.variable = counted(parts.variable);
    await outcomes();
    expect(most).toBe(1);
  });
});
