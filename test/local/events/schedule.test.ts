import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { scheduleMs } from "../../../local/events/schedule.ts";
import { openAccess } from "../../../local/iam/access.ts";
import { collected, sumsOf } from "../support/collected.ts";
import { startWorld } from "./world.ts";

const Arn = "arn:aws:lambda:us-east-1:000000000000:function:fn";
const minuteMs = 60_000;
const Targets = [{ Id: "Target0", Arn }];
const everyMinute = { ScheduleExpression: "rate(1 minute)", Targets };

const worldWith = async (rule: Record<string, unknown>) => {
  const world = await startWorld();
  world.addRule({ ...everyMinute, ...rule });
  return world;
};

beforeEach(() => {
  vi.useFakeTimers({
    now: Date.parse("2026-01-02T03:04:05.678Z"),
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

it("a schedule does not invoke a function whose policy does not allow it", async () => {
  const asked = vi.fn(() => false);
  const world = await startWorld({ access: { ...openAccess(), allowsService: asked } });
  world.addRule(everyMinute);
  world.events.open();
  await vi.advanceTimersByTimeAsync(minuteMs);

  expect(asked).toHaveBeenCalledWith("events.amazonaws.com", {
    action: "lambda:InvokeFunction",
    resource: Arn,
    context: {
      "aws:sourcearn": "arn:aws:events:us-east-1:000000000000:rule/Stack-Rule",
      "aws:sourceaccount": "000000000000",
    },
  });
  expect(world.invokeAsync).not.toHaveBeenCalled();
  expect(world.log).toHaveBeenCalledOnce();
});

describe("a schedule", () => {
  it("runs its function once per interval after the start", async () => {
    const { events, invokeAsync } = await worldWith({});
    await vi.advanceTimersByTimeAsync(5 * minuteMs);
    expect(invokeAsync).not.toHaveBeenCalled();
    events.open();
    await vi.advanceTimersByTimeAsync(3 * minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(3);
    await events.stop();
    await vi.advanceTimersByTimeAsync(3 * minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(3);
  });

  it("passes EventBridge's event", async () => {
    const { events, invokeAsync } = await worldWith({ Name: "often" });
    events.open();
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
  });

  it("does not run when it is disabled", async () => {
    const { events, invokeAsync } = await worldWith({ State: "DISABLED" });
    events.open();
    await vi.advanceTimersByTimeAsync(5 * minuteMs);
    expect(invokeAsync).not.toHaveBeenCalled();
  });

  it("does not run while EventBridge is stopped", async () => {
    const { events, invokeAsync } = await worldWith({});
    events.open();
    events.setFaults({ conditions: { events: { isStopped: true } }, peers: {} });
    await vi.advanceTimersByTimeAsync(2 * minuteMs);
    expect(invokeAsync).not.toHaveBeenCalled();
    events.setFaults({ conditions: {}, peers: {} });
    await vi.advanceTimersByTimeAsync(minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(1);
  });

  it("continues after a run that could not start, and counts it", async () => {
    const { events, invokeAsync, log } = await worldWith({ Name: "often" });
    invokeAsync.mockImplementationOnce(() => {
      throw new Error("Function not found");
    });
    events.open();
    await vi.advanceTimersByTimeAsync(2 * minuteMs);
    expect(invokeAsync).toHaveBeenCalledTimes(2);
    expect(log).toHaveBeenCalledOnce();
    expect(sumsOf(collected(events.metrics), { RuleName: "often" })).toEqual({
      TriggeredRules: 2,
      InvocationAttempts: 2,
      Invocations: 2,
      FailedInvocations: 1,
    });
    expect(collected(events.metrics)).toEqual([]);
  });
});

describe("several schedules", () => {
  const names = ["a", "b", "c", "d", "e"];

  it("never run at the same time, and each runs once a minute", async () => {
    const { events, addRule, invokeAsync } = await startWorld();
    const runs: { name: string; at: number }[] = [];
    invokeAsync.mockImplementation((name) => void runs.push({ name, at: Date.now() }));
    for (const name of names) {
      addRule({ ...everyMinute, Name: name, Targets: [{ Id: "T", Arn: `${Arn}-${name}` }] });
    }
    events.open();
    const start = Date.now();
    await vi.advanceTimersByTimeAsync(2 * minuteMs);

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
