import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type CallRequest, functionInput, variableInput } from "#shared/call/call.ts";
import { callDevice } from "#shared/call/callDevice.ts";
import { pingDevice, signalDevice } from "#shared/call/commandDevice.ts";
import { callWaitMs } from "#shared/call/limits.ts";
import { readInput } from "#shared/input/readInput.ts";
import { memoryLink } from "../../memory/device/deviceLink.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";
import { deviceId, fleet, stoppedClock } from "../../memory/samples.ts";

const device = { id: deviceId, fleet, name: "lamp", createdAt: "" };
const led: CallRequest = { function: "led", argument: "on" };
const temperature: CallRequest = { variable: "temperature" };

const world = (...regions: string[]) => {
  const links = (regions.length > 0 ? regions : ["us-east-1"]).map(memoryLink);
  const clock = stoppedClock();
  let calls = 0;
  return {
    links,
    link: links[0]!,
    sessions: memorySessions(),
    clock,
    now: clock.now,
    newId: () => `call-${++calls}`,
    wait: async (ms: number) => {
      clock.ms += ms;
    },
    onError: vi.fn(),
  };
};

type World = ReturnType<typeof world>;

/** A device that is there and answers each call with this. */
const answering = ({ link }: World, answer: object | string, one = link): void => {
  one.connected.set(deviceId, { connected: true });
  one.onMessage = ({ message }, reply) =>
    reply(typeof answer === "string" ? answer : { id: message.id, ...answer });
};

describe("a call", () => {
  it("sends the device its function and argument, and returns the reply", async () => {
    const deps = world();
    answering(deps, { value: 1 });
    expect((await callDevice(device, led, deps)).value).toBe(1);
    expect(deps.link.sent).toEqual([
      {
        device: deviceId,
        topic: `calls/${deviceId}`,
        message: { id: "call-1", function: "led", argument: "on" },
      },
    ]);
  });

  it.each([21.5, 0, -7, "place", "", true, false])("reads a variable: %j", async (value) => {
    const deps = world();
    answering(deps, { value });
    expect((await callDevice(device, temperature, deps)).value).toBe(value);
  });

  it.each([
    [led, { error: "unknown function" }, "no_such_function", 404, "Function led not found"],
    [temperature, { error: "unknown variable" }, "no_such_variable", 404, "Variable not found"],
    [led, { error: "the motor is stuck" }, "device_error", 400, "the motor is stuck"],
    [led, { value: 1.5 }, "device_error", 400, /32-bit/],
    [led, { value: 2_147_483_648 }, "device_error", 400, /32-bit/],
    [led, { value: "1" }, "device_error", 400, /32-bit/],
    [temperature, { value: { a: 1 } }, "device_error", 400, /malformed/],
    [led, "garbage", "device_error", 400, /malformed/],
    [led, {}, "device_error", 400, /malformed/],
  ])("%j with the reply %j fails with %s (%i)", async (question, answer, code, status, says) => {
    const deps = world();
    answering(deps, answer);
    await expect(callDevice(device, question, deps)).rejects.toMatchObject({
      code,
      status,
      message: typeof says === "string" ? says : expect.stringMatching(says),
    });
  });

  it("fails at once when the device is offline", async () => {
    const deps = world();
    const before = deps.clock.ms;
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({
      code: "device_offline",
      status: 408,
    });
    expect(deps.clock.ms).toBe(before);
  });

  it("fails with device_offline when the device may not receive it", async () => {
    const deps = world("a", "b");
    answering(deps, { value: 1 });
    deps.link.deaf.add(deviceId);
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({ code: "device_offline" });
    expect(deps.onError).toHaveBeenCalledOnce();
  });

  it("fails with too_many_requests, unsent, when the device receives too many", async () => {
    const deps = world("a", "b");
    const [, other] = deps.links;
    answering(deps, { value: 1 }, other);
    other!.throttled.add(deviceId);
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({
      code: "too_many_requests",
      status: 429,
    });
    expect(deps.links.flatMap(({ sent }) => sent)).toEqual([]);
    expect(deps.onError).not.toHaveBeenCalled();
  });

  it("is sent although a session is disconnected or cannot be read", async () => {
    const deps = world("us-east-1", "eu-west-1");
    const offline = { device: deviceId, region: "us-east-1", connected: false };
    await deps.sessions.put({ ...offline, since: 1, at: 1, revision: 1 });
    answering(deps, { value: 1 });
    expect((await callDevice(device, led, deps)).value).toBe(1);
    const list = () => Promise.reject(new Error("down"));
    expect((await callDevice(device, led, { ...deps, sessions: { list } })).value).toBe(1);
    expect(deps.onError).toHaveBeenCalledOnce();
  });

  it("fails after a bounded time and a bounded number of polls without a reply", async () => {
    const deps = world();
    deps.link.connected.set(deviceId, { connected: true });
    const reply = vi.spyOn(deps.link, "reply");
    const before = deps.clock.ms;
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({
      code: "device_timeout",
      status: 408,
      message: "Timed out.",
    });
    expect(deps.clock.ms - before).toBeLessThanOrEqual(callWaitMs);
    expect(deps.clock.ms - before).toBeGreaterThan(callWaitMs - 500);
    expect(reply.mock.calls.length).toBeLessThan(100);
    expect(deps.link.sent).toHaveLength(1);
  });

  it("accepts the reply of a device that has not confirmed the call", async () => {
    const deps = world();
    answering(deps, { value: 5 });
    deps.link.silent.add(deviceId);
    expect((await callDevice(device, led, deps)).value).toBe(5);
  });

  it("is sent once, to the region with the connection, for any sessions", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.subarray(["a", "b", "c"]),
        fc.subarray(["a", "b", "c"]),
        fc.boolean(),
        async (connected, believed, answers) => {
          const deps = world("a", "b", "c");
          for (const link of deps.links) {
            if (connected.includes(link.region)) {
              link.connected.set(deviceId, { connected: true });
              if (answers) link.onMessage = ({ message }, r) => r({ id: message.id, value: 1 });
            }
            const row = { device: deviceId, region: link.region, since: 1, at: 1, revision: 1 };
            const sessions = memorySessions(link.region, deps.sessions.rows);
            await sessions.put({ ...row, connected: believed.includes(link.region) });
          }
          await callDevice(device, led, deps).catch(() => undefined);
          const sent = deps.links.flatMap((link) => link.sent);
          expect(sent).toHaveLength(connected.length > 0 ? 1 : 0);
        },
      ),
    );
  });

  it("is not sent to another region when it may have arrived", async () => {
    const deps = world("a", "b");
    deps.links[0]!.send = () => Promise.reject(new Error("socket hang up"));
    answering(deps, { value: 1 }, deps.links[1]);
    await expect(callDevice(device, led, deps)).rejects.toThrow("socket hang up");
    expect(deps.links[1]!.sent).toEqual([]);
  });
});

describe("a call while a region is unavailable", () => {
  const dead = () => Promise.reject(new Error("socket hang up"));

  it("reaches the device although its session is in the unavailable region", async () => {
    for (const send of [dead, async () => "unreachable" as const]) {
      const deps = world("a", "b");
      const row = { device: deviceId, region: "b", connected: true };
      await memorySessions("b", deps.sessions.rows).put({ ...row, since: 9, at: 9, revision: 1 });
      deps.links[1]!.send = send;
      answering(deps, { value: 1 });
      deps.link.connected.set(deviceId, { connected: true, since: deps.clock.ms - 1 });
      expect((await callDevice(device, led, deps)).value).toBe(1);
      expect(deps.link.sent).toHaveLength(1);
    }
  });

  it("is not sent again to a device that may have moved since it was sent", async () => {
    const deps = world("a", "b");
    const row = { device: deviceId, region: "b", connected: true };
    await memorySessions("b", deps.sessions.rows).put({ ...row, since: 9, at: 9, revision: 1 });
    deps.links[1]!.send = dead;
    answering(deps, { value: 1 });
    deps.link.connected.set(deviceId, { connected: true, since: deps.clock.ms });
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({ code: "device_timeout" });
    expect(deps.link.sent).toEqual([]);
  });

  it("fails with device_offline when it was not sent and no region has the device", async () => {
    const deps = world("a", "b");
    deps.links[1]!.send = async () => "unreachable";
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({ code: "device_offline" });
  });

  it("does not report a device offline when this region is unreachable", async () => {
    const deps = world("a", "b");
    deps.link.send = async () => "unreachable";
    await expect(callDevice(device, led, deps)).rejects.toMatchObject({ code: "unavailable" });
    answering(deps, { value: 1 }, deps.links[1]);
    deps.links[1]!.connected.set(deviceId, { connected: true, since: deps.clock.ms - 1 });
    expect((await callDevice(device, led, deps)).value).toBe(1);
  });
});

describe("the input of a call", () => {
  it.each([
    [{ name: "led", args: "on" }, "on"],
    [{ name: "led", arg: "on" }, "on"],
    [{ name: "led", params: "on" }, "on"],
    [{ name: "led", args: "on", arg: "on", params: "on" }, "on"],
    [{ name: "led" }, ""],
    [{ name: "led", args: 5 }, "5"],
    [{ name: "led", arg: "x".repeat(1_024) }, "x".repeat(1_024)],
  ])("is read: %j", (given, argument) => {
    expect(functionInput.parse(given)).toEqual({ name: "led", argument });
  });

  it.each([
    [{ name: "led", args: "on", params: "off" }, /^args: args, arg and params are the same/],
    [{ name: "led", command: "on" }, /^command: is an unknown field/],
    [{ name: "led", argument: "on" }, /^argument: is an unknown field/],
    [{ name: "led", param: "on" }, /did you mean params\?$/],
  ])("is refused when the argument is in an unknown field: %j", (given, message) => {
    expect(() => readInput(functionInput, given)).toThrow(message);
  });

  it.each([
    [{ name: "led", arg: "x".repeat(1_025) }],
    [{ name: "led", arg: "é".repeat(513) }],
    [{ name: "x".repeat(65) }],
    [{ name: "é".repeat(33) }],
    [{ name: "" }],
  ])("is refused when it is too long or empty: %#", (given) => {
    expect(functionInput.safeParse(given).success).toBe(false);
  });

  it("can have a name of 64 bytes", () => {
    expect(variableInput.safeParse({ name: "é".repeat(32) }).success).toBe(true);
  });
});

describe("a command to a device", () => {
  it("is confirmed by a connected device only", async () => {
    const { link, links } = world("a", "b");
    expect(await pingDevice(deviceId, { links })).toBe(false);
    link.connected.set(deviceId, { connected: true });
    expect(await pingDevice(deviceId, { links })).toBe(true);
    link.silent.add(deviceId);
    expect(await pingDevice(deviceId, { links })).toBe(false);
  });

  it("skips a region that fails, unless it is this one and no other has the device", async () => {
    const { links } = world("a", "b", "c");
    links[1]!.send = () => Promise.reject(new Error("down"));
    expect(await pingDevice(deviceId, { links })).toBe(false);
    links[2]!.connected.set(deviceId, { connected: true });
    expect(await pingDevice(deviceId, { links })).toBe(true);
    links[0]!.send = async () => "unreachable";
    expect(await pingDevice(deviceId, { links })).toBe(true);
    links[2]!.connected.clear();
    await expect(pingDevice(deviceId, { links })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("fails with too_many_requests when the device receives too many in any region", async () => {
    const { links } = world("a", "b");
    links[1]!.connected.set(deviceId, { connected: true });
    links[1]!.throttled.add(deviceId);
    await expect(pingDevice(deviceId, { links })).rejects.toMatchObject({
      code: "too_many_requests",
    });
  });

  it("starts signaling, and distinguishes the failures", async () => {
    const { link, links } = world();
    await expect(signalDevice(deviceId, true, { links })).rejects.toMatchObject({
      code: "device_offline",
    });
    link.connected.set(deviceId, { connected: true });
    await signalDevice(deviceId, true, { links });
    expect(link.sent).toEqual([
      {
        device: deviceId,
        topic: `control/${deviceId}`,
        message: { command: "signal", on: true },
      },
    ]);
    link.silent.add(deviceId);
    await expect(signalDevice(deviceId, false, { links })).rejects.toMatchObject({
      code: "device_timeout",
    });
  });
});
