import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { dynamoDeadLetters } from "#shared/aws/delivery/deadLetters.ts";
import { dynamoDevices } from "#shared/aws/device/devices.ts";
import { openGlobalRecords, openGlobalTables } from "#shared/aws/platform/globalTables.ts";
import { dynamoSessions } from "#shared/aws/presence/sessions.ts";
import { localReadMsMax, tablesPauseMs } from "#shared/platform/limits.ts";
import { startOwnDynamo } from "../../../contracts/emulators.ts";
import { aDelivery, someTime } from "../../../memory/samples.ts";

const { newTable, newIndexedTable, handle } = await startOwnDynamo();
const place = { region: "us-east-1", regions: ["us-east-1", "eu-west-1"] };

type Fault = (response: ServerResponse) => void;

const failing =
  (status: number, code: string): Fault =>
  (response) =>
    void response
      .writeHead(status, { "content-type": "application/x-amz-json-1.0" })
      .end(JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}` }));

const faults = new Map<string, Fault>();
const asked: string[] = [];

/**
 * Two regions with the same data. The region of a request's signature selects the region.
 * Signatures are not verified: the clock of these tests is not that of the emulator.
 */
const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
  const [, , region = ""] = (incoming.headers.authorization ?? "").split("/");
  asked.push(region);
  const fault = faults.get(region);
  if (fault !== undefined) {
    fault(response);
    return;
  }
  const target = String(incoming.headers["x-amz-target"]);
  const request = { method: "POST", url: "/", headers: { "x-amz-target": target } };
  const { status, headers, body } = await handle({ ...request, body: await buffer(incoming) });
  response.writeHead(status, headers).end(body);
};

const server = createServer((incoming, response) => void answer(incoming, response));
server.listen(0, "127.0.0.1");
await once(server, "listening");
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
const { port } = server.address() as AddressInfo;
process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;

const device = { id: "a".repeat(24), fleet: "f1", name: "lamp", createdAt: "2025" };

const world = async () => {
  faults.clear();
  const table = await newIndexedTable(["pk", "sk"], { byFleet: ["fleet", "nameKey"] });
  const onError = vi.fn();
  const db = openGlobalTables(place, onError);
  const devices = dynamoDevices(db, table);
  await devices.add(device);
  asked.splice(0);
  return { onError, db, devices };
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: someTime });
  onTestFinished(() => void vi.useRealTimers());
});

describe("a global table whose replica in this region", () => {
  it.each<[string, Fault]>([
    ["fails", failing(500, "InternalServerError")],
    ["is unavailable", failing(503, "ServiceUnavailable")],
    ["is throttled", failing(400, "ProvisionedThroughputExceededException")],
    ["does not exist", failing(400, "ResourceNotFoundException")],
    ["closes the connection", (response) => void response.destroy()],
    ["hangs", () => {}],
  ])("%s: reads use another region", async (_, fault) => {
    const { devices, db, onError } = await world();
    const sessions = await newTable("pk", "sk");
    faults.set("us-east-1", fault);
    expect(await devices.find(device.id)).toEqual(device);
    expect(await devices.findByName("f1", "lamp")).toEqual(device);
    expect(await dynamoSessions(db, sessions, place).list([device.id])).toEqual([]);
    expect(onError).toHaveBeenCalledOnce();
  });

  it("does not respond: it is not used for a while", async () => {
    const { devices } = await world();
    faults.set("us-east-1", failing(503, "ServiceUnavailable"));
    await devices.find(device.id);
    asked.splice(0);
    vi.setSystemTime(someTime + tablesPauseMs - 1);
    await devices.find(device.id);
    expect(asked).toEqual(["eu-west-1"]);
    faults.clear();
    asked.splice(0);
    vi.setSystemTime(someTime + tablesPauseMs);
    await devices.find(device.id);
    expect(asked).toEqual(["us-east-1"]);
  });

  it("fails: writes use no other region, because two regions must not decide about one row", async () => {
    const { devices } = await world();
    faults.set("us-east-1", failing(500, "InternalServerError"));
    await expect(devices.add({ ...device, id: "b".repeat(24) })).rejects.toThrow();
    expect(asked).not.toContain("eu-west-1");
  });

  it("fails like all others: reads fail", async () => {
    const { devices } = await world();
    faults.set("us-east-1", failing(500, "InternalServerError"));
    faults.set("eu-west-1", failing(503, "ServiceUnavailable"));
    await expect(devices.find(device.id)).rejects.toMatchObject({
      name: "InternalServerError",
    });
    faults.delete("us-east-1");
    expect(await devices.find(device.id)).toEqual(device);
  });

  it("rejects an invalid request: no other region is used", async () => {
    const { db } = await world();
    await expect(db.put({ TableName: "t", Item: {} })).rejects.toThrow();
    expect(new Set(asked)).toEqual(new Set(["us-east-1"]));
  });

  it("hangs: one read is delayed by a limited time", async () => {
    const { devices } = await world();
    faults.set("us-east-1", () => {});
    const timeout = vi.spyOn(globalThis, "setTimeout");
    await devices.find(device.id);
    expect(timeout.mock.calls.map(([, ms]) => ms)).toContain(localReadMsMax);
  });
});

it("stores a dead letter in another region while this one is unavailable, and lists it from there", async () => {
  await world();
  const table = await newTable("pk", "sk");
  const deadLetters = dynamoDeadLetters(
    openGlobalRecords(place, () => {}),
    table,
    () => someTime,
  );
  faults.set("us-east-1", failing(500, "InternalServerError"));
  const letter = { delivery: aDelivery(), reason: "gone", buriedAt: someTime };
  await deadLetters.put(letter);
  expect((await deadLetters.list("integration-1", { limit: 10 })).deadLetters).toEqual([letter]);
});

it("with one region is used directly", async () => {
  await world();
  faults.set("us-east-1", failing(500, "InternalServerError"));
  const one = openGlobalTables({ region: "us-east-1", regions: ["us-east-1"] }, () => {});
  await expect(dynamoDevices(one, "t").find(device.id)).rejects.toThrow();
  expect(new Set(asked)).toEqual(new Set(["us-east-1"]));
});
