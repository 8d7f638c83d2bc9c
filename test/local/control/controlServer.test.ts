import { expect, it, onTestFinished } from "vitest";
import { metricAlarm } from "../../../local/cloudwatch/alarm/definition.ts";
import { metricAlarmInput } from "../../../local/cloudwatch/alarm/input.ts";
import { initialStatus } from "../../../local/cloudwatch/alarm/status.ts";
import { startControlServer } from "../../../local/control/controlServer.ts";
import type { RegionControl } from "../../../local/control/regionControl.ts";
import { serviceName } from "../../../local/fault/fault.ts";
import { createConnectRateLimiter } from "../../../local/iot/broker/connectRateLimiter.ts";
import { newCounts } from "../../../local/iot/counts.ts";
import { newUsage } from "../../../local/lambda/environment/usage.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";

const status = { ...initialStatus(0), contributors: new Map() };
const input = metricAlarmInput.parse({
  Namespace: "App",
  MetricName: "Errors",
  Statistic: "Sum",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
});
const alarm = {
  alarm: metricAlarm(input, { name: "A", region: "r-1", account: "0", now: 0 }, () => undefined),
  status,
  startedAt: 0,
  isRestored: false,
};

const start = async () => {
  const done: unknown[] = [];
  const does =
    (what: string) =>
    async (...given: unknown[]) => {
      done.push([what, ...given]);
    };
  const control: RegionControl = {
    conditions: {},
    stop: does("stop"),
    start: does("start"),
    setFault: does("fault"),
  };
  const connectRateLimiter = createConnectRateLimiter(500, Date.now, () => {});
  const services = {
    sqs: { release: () => void done.push(["release"]) },
    iot: { connectRateLimiter, counts: newCounts() },
    lambda: {
      usage: () => ({
        "a-releases": newUsage(128),
        "b-deliver": newUsage(128),
        "c-deliver": newUsage(128),
      }),
      invoke: does("invoke"),
      exhaustDescriptors: (name: string) =>
        name === "deliver" ? "2026/11/30/[$LATEST]a" : undefined,
      restoreDescriptors: does("restore"),
    },
    tables: {
      setReplication: does("replication"),
      backlog: async () => ({ "r-2": 3 }),
      wipe: async (table: string) => {
        done.push(["wipe", table]);
        return 1;
      },
    },
    usageMeter: openUsageMeter(),
    cloudwatch: {
      alarms: { entries: [alarm], find: (name: string) => (name === "A" ? alarm : undefined) },
      setState: does("state"),
      advance: does("advance"),
    },
  };
  const { url, stop } = await startControlServer({ region: "r-1", services, control }, () => {});
  onTestFinished(stop);
  const ask = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  return { url, ask, done };
};

it("performs known operations and rejects unknown ones", async () => {
  const { ask, done } = await start();
  await ask("POST", "/stop");
  await ask("POST", "/start", { services: ["broker", "tables"] });
  await ask("PUT", "/faults/queues", { delayMs: 5 });
  await ask("DELETE", "/faults/queues");
  expect(done).toEqual([
    ["stop", serviceName.options],
    ["start", ["broker", "tables"]],
    ["fault", "queues", { delayMs: 5 }],
    ["fault", "queues", undefined],
  ]);
  done.splice(0);
  const { replication } = (await ask("PUT", "/replication", { state: "paused" })).body;
  expect(replication).toEqual({ state: "paused", lagMs: 500, backlog: { "r-2": 3 } });
  await ask("PUT", "/replication", { lagMs: 0 });
  await ask("POST", "/wipe", { table: "sessions" });
  await ask("POST", "/release");
  expect(done.splice(0)).toEqual([
    ["replication", { state: "paused", lagMs: 500 }],
    ["replication", { state: "paused", lagMs: 0 }],
    ["wipe", "sessions"],
    ["release"],
  ]);
  expect((await ask("PUT", "/connects", { perSecond: 7 })).body.connects.perSecond).toBe(7);
  expect((await ask("POST", "/stop", { services: ["printer"] })).status).toBe(400);
  expect((await ask("PUT", "/faults/queues", { delay: 5 })).status).toBe(400);
  expect((await ask("PUT", "/faults/printer", {})).status).toBe(404);
  expect((await ask("DELETE", "/stop")).status).toBe(404);
  expect(done).toEqual([]);
});

it("shows the alarms, sets their state and moves their clock", async () => {
  const { ask, done } = await start();
  const { body } = await ask("GET", "/alarms");
  expect(body.alarms).toMatchObject([
    { alarm: "A", state: "INSUFFICIENT_DATA", since: "1970-01-01T00:00:00.000Z" },
  ]);
  await ask("PUT", "/alarms", { alarm: "A", state: "ALARM", reason: "a test" });
  await ask("POST", "/alarms/advance", { seconds: 900 });
  expect(done).toEqual([
    ["state", "A", { state: "ALARM", reason: { text: "a test" } }],
    ["advance", 900_000],
  ]);
  expect(await ask("PUT", "/alarms", { alarm: "B", state: "OK" })).toEqual({
    status: 400,
    body: { error: "alarm: there is no alarm B; GET /alarms lists them" },
  });
  expect((await ask("PUT", "/alarms", { alarm: "A", state: "RED" })).status).toBe(400);
  expect((await ask("POST", "/alarms/advance", { seconds: 1e9 })).status).toBe(400);
});

it("invokes one function by a part of its name", async () => {
  const { ask, done } = await start();
  expect((await ask("POST", "/invoke", { function: "releases" })).status).toBe(200);
  expect(done).toEqual([["invoke", "a-releases", {}]]);
  expect(await ask("POST", "/invoke", { function: "printer" })).toMatchObject({
    status: 400,
    body: { error: "function: no function has a name that contains printer" },
  });
  expect(await ask("POST", "/invoke", { function: "deliver" })).toMatchObject({
    status: 400,
    body: {
      error: "function: several functions have a name that contains deliver: b-deliver, c-deliver",
    },
  });
});

it("exhausts the descriptors of one worker, and names it", async () => {
  const { ask, done } = await start();
  const { body } = await ask("PUT", "/descriptors", { function: "deliver" });
  expect(body).toMatchObject({ region: "r-1", worker: "2026/11/30/[$LATEST]a" });
  await ask("DELETE", "/descriptors");
  expect(done).toEqual([["restore"]]);
  expect(await ask("PUT", "/descriptors", { function: "printer" })).toMatchObject({
    status: 400,
    body: { error: expect.stringContaining("contains printer has an environment") },
  });
  expect((await ask("PUT", "/descriptors", {})).status).toBe(400);
});

it("names the field, the value or the operation that it rejects", async () => {
  const { ask } = await start();
  const error = async (...request: Parameters<typeof ask>) => (await ask(...request)).body.error;
  expect(await error("PUT", "/faults/tables", { errror: {} })).toBe("errror: is an unknown field");
  expect(await error("PUT", "/faults/tables", { error: { stauts: 500 } })).toBe(
    "error.stauts: is an unknown field",
  );
  expect(await error("POST", "/stop", { services: ["brokr"] })).toMatch(/^services\.0: .*"broker"/);
  expect(await error("POST", "/stop", ["broker"])).toMatch(/^the body: /);
  expect(await error("PUT", "/faults/table", {})).toMatch(
    /^there is no operation PUT \/faults\/table; operations are GET \/, .*PUT \/faults\/tables/,
  );
});

it("rejects a body that is not JSON, or too large, with 400", async () => {
  const { url } = await start();
  for (const body of ["{", JSON.stringify({ services: "x".repeat(70_000) })]) {
    const { status } = await fetch(`${url}/stop`, { method: "POST", body });
    expect(status).toBe(400);
  }
});

it("rejects requests without its secret", async () => {
  const { url, done } = await start();
  const { origin } = new URL(url);
  for (const path of ["/", "/stop", "/x/stop"]) {
    expect((await fetch(`${origin}${path}`, { method: "POST" })).status).toBe(404);
  }
  expect(done).toEqual([]);
});
