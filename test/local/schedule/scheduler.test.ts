import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openAccess } from "../../../local/iam/access.ts";
import { scheduleMs, startScheduler } from "../../../local/schedule/scheduler.ts";

const Arn = "arn:aws:lambda:us-east-1:000000000000:function:fn";
const place = { stack: "Stack", logicalId: "Rule", region: "us-east-1", account: "000000000000" };
const minuteMs = 60_000;

const clockWith = (rule: Record<string, unknown>, space = { isFull: false }) => {
  const invokeAsync = vi.fn();
  const log = vi.fn();
  const clock = startScheduler({ lambda: { invokeAsync }, space, log });
  const [kind] = clock.providers;
  const Targets = [{ Id: "Target0", Arn }];
  void kind!.create(
    kind!.properties.parse({ ScheduleExpression: "rate(1 minute)", Targets, ...rule }),
    place,
  );
  return { clock, invokeAsync, log };
};

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-01-02T03:04:05.678Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

it("a schedule does not invoke a function whose policy does not allow it", async () => {
  const asked = vi.fn(() => false);
  const access = { ...openAccess(), allowsService: asked };
  const invokeAsync = vi.fn();
  const log = vi.fn();
  const clock = startScheduler({ lambda: { invokeAsync }, access, log });
  const [kind] = clock.providers;
  const rule = { ScheduleExpression: "rate(1 minute)", Targets: [{ Id: "Target0", Arn }] };
  void kind!.create(kind!.properties.parse(rule), place);
  clock.open();
  await vi.advanceTimersByTimeAsync(minuteMs);
  expect(asked).toHaveBeenCalledWith("events.amazonaws.com", {
    action: "lambda:InvokeFunction",
    resource: Arn,
    context: {
      "aws:sourcearn": "arn:aws:events:us-east-1:000000000000:rule/Stack-Rule",
      "aws:sourceaccount": "000000000000",
    },
  });
  expect(invokeAsync).not.toHaveBeenCalled();
  expect(log).toHaveBeenCalledOnce();
  await clock.stop();
});

it("a rule for state changes of alarms is accepted, and one for other events is refused", () => {
  const { clock } = clockWith({});
  const [kind] = clock.providers;
  const rule = (source: string) => ({ EventPattern: { source: [source] }, Targets: [] });
  expect(kind!.create(kind!.properties.parse(rule("aws.cloudwatch")), place)).toMatchObject({
    ref: "Stack-Rule",
  });
  expect(() => kind!.properties.parse(rule("aws.s3"))).toThrow();
});

describe("a schedule", () => {
  it("runs its function once per interval after the start", async () => {
    const { clock, invokeAsync } = clockWith({});
    await vi.advanceTimersByTimeAsync(5 * minuteMs);
    expect(invokeAsync).not.toHaveBeenCalled();
    clock.open();
    await vi.advanceTimersByTimeAsync(3 * minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(3);
    await clock.stop();
    await vi.advanceTimersByTimeAsync(3 * minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(3);
  });

  it("waits while the disk is full", async () => {
    const space = { isFull: true };
    const { clock, invokeAsync } = clockWith({}, space);
    clock.open();
    await vi.advanceTimersByTimeAsync(3 * minuteMs);
    expect(invokeAsync).not.toHaveBeenCalled();
    space.isFull = false;
    await vi.advanceTimersByTimeAsync(minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(1);
  });

  it("passes EventBridge's event", async () => {
    const { clock, invokeAsync } = clockWith({ Name: "often" });
    clock.open();
    await vi.advanceTimersByTimeAsync(minuteMs);
    expect(invokeAsync).toHaveBeenCalledWith(Arn, {
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "000000000000",
      time: "2026-01-02T03:05:05Z",
      region: "us-east-1",
      resources: ["arn:aws:events:us-east-1:000000000000:rule/often"],
      detail: {},
    });
    await clock.stop();
  });

  it("does not run when it is disabled", async () => {
    const { clock, invokeAsync } = clockWith({ State: "DISABLED" });
    clock.open();
    await vi.advanceTimersByTimeAsync(5 * minuteMs);
    expect(invokeAsync).not.toHaveBeenCalled();
  });

  it("continues after a run that could not start", async () => {
    const { clock, invokeAsync, log } = clockWith({});
    invokeAsync.mockImplementationOnce(() => {
      throw new Error("Function not found");
    });
    clock.open();
    await vi.advanceTimersByTimeAsync(2 * minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(2);
    expect(log).toHaveBeenCalledOnce();
    await clock.stop();
  });
});

describe("several schedules", () => {
  const names = ["a", "b", "c", "d", "e"];

  it("never run at the same time, and each runs once a minute", async () => {
    const runs: { name: string; at: number }[] = [];
    const invokeAsync = (name: string) => void runs.push({ name, at: Date.now() });
    const scheduler = startScheduler({ lambda: { invokeAsync }, log: vi.fn() });
    const [kind] = scheduler.providers;
    for (const name of names) {
      const Targets = [{ Id: "Target0", Arn: `${Arn}-${name}` }];
      const rule = { Name: name, ScheduleExpression: "rate(1 minute)", Targets };
      void kind!.create(kind!.properties.parse(rule), place);
    }
    scheduler.open();
    const start = Date.now();
    await vi.advanceTimersByTimeAsync(2 * minuteMs);
    await scheduler.stop();
    const everyMs = minuteMs / names.length;
    expect(runs.map(({ at }) => at - start)).toEqual(
      Array.from({ length: 10 }, (_, i) => (i + 1) * everyMs),
    );
    expect(runs.map(({ name }) => name.at(-1))).toEqual([...names, ...names]);
  });
});

describe("the interval of a schedule", () => {
  it.each([
    ["rate(1 minute)", minuteMs],
    ["rate(5 minutes)", 5 * minuteMs],
    ["rate(1 hour)", 60 * minuteMs],
    ["rate(2 days)", 2 * 1_440 * minuteMs],
  ])("%s", (expression, ms) => {
    expect(scheduleMs(expression)).toBe(ms);
  });

  it.each([
    "rate(1 minutes)",
    "rate(2 minute)",
    "rate(0 minutes)",
    "rate(1 second)",
    "cron(0 10 * * ? *)",
    "",
  ])("is rejected by name: %s", (expression) => {
    expect(() => scheduleMs(expression)).toThrow(expression);
  });
});

it.each([
  ["an event pattern", { EventPattern: { source: ["aws.s3"] } }],
  ["a target that is no function", { Targets: [{ Id: "T", Arn: "arn:aws:sqs:us-east-1:1:q" }] }],
])("rejects a rule that has %s", (_, rule) => {
  expect(() => clockWith(rule)).toThrow();
});
