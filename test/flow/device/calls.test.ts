import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Cloud } from "../../../local/cloud.ts";
import { type ApiResponse, apiClient } from "../support/client.ts";
import { connectRawDevice, type DeviceMessage } from "../support/rawDevice.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
let ask: (method: string, path: string, body?: object | string) => Promise<ApiResponse>;
let base: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  ask = apiClient(cloud, cloud.user.token);
  base = `/v1/devices/${cloud.device.id}`;
});
afterAll(() => cloud.stop());

const variables: Readonly<Record<string, unknown>> = {
  temperature: 21.5,
  uptime: -7,
  place: "on “your” desk 🌡",
  on: false,
};

/** Implements the functions and variables of the demo device. */
const answer = ({ function: called, argument, variable }: DeviceMessage): object => {
  if (called === "led") return { value: argument === "on" ? 1 : -1 };
  if (called === "stuck") return { error: "the motor is stuck" };
  const value = variables[variable ?? ""];
  if (value !== undefined) return { value };
  return { error: called === undefined ? "unknown variable" : "unknown function" };
};

const device = () => connectRawDevice(cloud, cloud.device, answer);

describe("a call", () => {
  it("reaches the device by id and by name, with its argument in any accepted field and encoding", async () => {
    const { id } = cloud.device;
    const { asked } = await device();
    const done = { id, name: "led", connected: true };
    for (const [path, body, value] of [
      [base, { args: "on" }, 1],
      [`/v1/devices/${cloud.device.name.toUpperCase()}`, { arg: "on" }, 1],
      [`/v1/devices/${id.toUpperCase()}`, "arg=on", 1],
      [base, "args=off", -1],
      [base, { params: "on" }, 1],
      [base, "params=off", -1],
      [base, undefined, -1],
    ] as const) {
      const { status, body: response } = await ask("POST", `${path}/led`, body);
      expect({ status, response }).toMatchObject({
        status: 200,
        response: { ...done, return_value: value },
      });
    }
    expect(asked.map(({ function: called, argument }) => [called, argument])).toEqual([
      ["led", "on"],
      ["led", "on"],
      ["led", "on"],
      ["led", "off"],
      ["led", "on"],
      ["led", "off"],
      ["led", ""],
    ]);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(7);
  });

  it("reads variables of every type, also as raw text", async () => {
    await device();
    for (const [name, value] of Object.entries(variables)) {
      const { body } = await ask("GET", `${base}/${name}`);
      expect(body).toMatchObject({
        cmd: "VarReturn",
        name,
        result: value,
        coreInfo: { deviceID: cloud.device.id, connected: true },
      });
      const raw = await fetch(`${cloud.api}${base}/${name}?format=raw`, {
        headers: { authorization: `Bearer ${cloud.user.token}` },
      });
      expect(raw.headers.get("content-type")).toMatch(/^text\/plain/);
      expect(await raw.text()).toBe(String(value));
    }
  });

  it.each([
    ["an unknown function", "POST", "nothing", 404, "Function nothing not found"],
    ["an unknown variable", "GET", "nothing", 404, "Variable not found"],
    ["an error of the device", "POST", "stuck", 400, "device_error"],
    ["a name that is too long", "GET", "x".repeat(65), 400, "invalid_request"],
  ])("fails with its own error for %s", async (_, method, name, status, error) => {
    await device();
    expect(await ask(method, `${base}/${name}`)).toMatchObject({
      status,
      body: { ok: false, error, error_description: expect.any(String) },
    });
  });

  it("to an unknown device has another error than a call of an unknown function", async () => {
    for (const method of ["POST", "GET"]) {
      expect(await ask(method, "/v1/devices/nobody/led")).toMatchObject({
        status: 403,
        body: { ok: false, error: "Permission Denied", info: "Device not found" },
      });
    }
  });

  it("is refused and not sent when its argument is in an unknown field", async () => {
    const { asked } = await device();
    expect(await ask("POST", `${base}/led`, { command: "on" })).toMatchObject({
      status: 400,
      body: { error_description: expect.stringMatching(/^command: /) },
    });
    expect(asked).toEqual([]);
  });

  it("accepts an argument of 1,024 bytes; with one byte more it is refused and not sent", async () => {
    const { asked } = await device();
    expect((await ask("POST", `${base}/led`, { arg: "x".repeat(1_024) })).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect((await ask("POST", `${base}/led`, { arg: "x".repeat(1_025) })).status).toBe(400);
    expect(asked).toHaveLength(1);
  });

  it("to a disconnected device fails at once", async () => {
    const { status, body } = await ask("POST", `${base}/led`);
    expect(status).toBe(408);
    expect(body).toMatchObject({ ok: false, error: "The device is not connected." });
    expect(JSON.stringify(body)).not.toMatch(/access token/i);
  });

  it("to a device that does not answer times out, and is sent once", async () => {
    const { asked } = await connectRawDevice(cloud, cloud.device, () => undefined);
    expect(await ask("POST", `${base}/led`)).toMatchObject({
      status: 408,
      body: { ok: false, error: "Timed out." },
    });
    expect(asked).toHaveLength(1);
  });

  it("fails after a connection is lost without DISCONNECT, and succeeds after the reconnect", async () => {
    const first = await device();
    expect((await ask("POST", `${base}/led`)).status).toBe(200);
    const closed = new Promise<void>((resolve) => first.client.once("close", () => resolve()));
    first.client.stream.destroy();
    await closed;
    await until(
      "the broker detects the lost connection",
      async () => (await ask("POST", `${base}/led`)).body.error === "The device is not connected.",
    );
    await device();
    expect((await ask("POST", `${base}/led`)).status).toBe(200);
  });

  it("reaches each of a hundred devices concurrently", async () => {
    const identity = z.object({
      id: z.string(),
      fleet: z.string(),
      certificate: z.string(),
      privateKey: z.string(),
    });
    const { username } = cloud.user;
    const devices: { id: string }[] = [];
    for (let i = 0; i < 100; i += 1) {
      const made = identity.parse(await cloud.admin({ addDevice: { username, name: `d${i}` } }));
      await connectRawDevice(cloud, made, () => ({ value: i }));
      devices.push(made);
    }
    const answers = await Promise.all(devices.map(({ id }) => ask("POST", `/v1/devices/${id}/f`)));
    expect(answers.map(({ body }) => body.return_value ?? body)).toEqual(devices.map((_, i) => i));
  });
});

describe("ping and signal", () => {
  it("reach a connected device", async () => {
    const { asked } = await device();
    expect((await ask("PUT", `${base}/ping`, {})).body).toEqual({ ok: true, online: true });
    expect((await ask("PUT", base, { signal: "1" })).body).toEqual({
      id: cloud.device.id,
      connected: true,
      signaling: true,
    });
    expect((await ask("PUT", base, "signal=0")).body).toMatchObject({ signaling: false });
    expect(asked.map(({ topic, command, on }) => [topic, command, on])).toEqual([
      [`control/${cloud.device.id}`, "ping", undefined],
      [`control/${cloud.device.id}`, "signal", true],
      [`control/${cloud.device.id}`, "signal", false],
    ]);
  });

  it("fail for a disconnected device", async () => {
    expect((await ask("PUT", `${base}/ping`)).body).toEqual({ ok: true, online: false });
    expect((await ask("PUT", base, { signal: "1" })).body.error).toBe(
      "The device is not connected.",
    );
  });
});
