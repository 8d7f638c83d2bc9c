import { randomBytes } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { createDevice } from "../../../device/client.ts";
import { createUpdates } from "../../../device/update/createUpdates.ts";
import { diskSlots, installImage } from "../../../device/update/diskSlots.ts";
import { startSlot } from "../../../device/update/startSlot.ts";
import { until } from "../../flow/support/until.ts";
import { startManualCloud } from "../support/manualCloud.ts";
import { powerCutDisk } from "../support/powerCutDisk.ts";
import { keyDocument, offerOf, ownerKey, sha256 } from "../support/signedFirmware.ts";

const id = "0123456789abcdef01234567";
const reports = `$aws/rules/godwit_updates/updates/${id}`;
const key = ownerKey();
const keys = keyDocument([key]);
const old = randomBytes(1_000);
const next = Buffer.from("x".repeat(12_000));

const bootedDevice = async (disk: ReturnType<typeof powerCutDisk>, url: string) => {
  await startSlot(disk);
  const restarts: string[] = [];
  const device = createDevice({
    id,
    fleet: "f1",
    certificate: "",
    privateKey: "",
    endpoints: [url],
    updates: createUpdates({
      slots: diskSlots(disk, 20_000),
      product: 7,
      keys: JSON.stringify(keys),
      platform: "lamp-2",
      utcOffset: () => 60,
      restart: (reason) => void restarts.push(reason),
    }),
  });
  onTestFinished(() => device.close());
  return { device, restarts };
};

it("a device updates itself over its connection, in blocks, and reports each state", async () => {
  const cloud = await startManualCloud();
  const disk = powerCutDisk();
  await installImage(disk, old, { version: 1, sequence: 1 });
  const first = await bootedDevice(disk, cloud.url);
  await first.device.connect();
  expect(cloud.subscribed[0]).toContain(`firmware/${id}`);
  const [hello = ""] = await cloud.heard(`hello/${id}`);
  expect(JSON.parse(hello)).toMatchObject({
    firmware: "1",
    image: sha256(old),
    slots: 2,
    keys: 1,
    updates: true,
    platform: "lamp-2",
    utc_offset: 60,
  });

  await cloud.say(`control/${id}`, offerOf(next, 2, [key]));
  const messages = () =>
    cloud.published
      .filter(({ topic }) => topic === reports)
      .map(({ text }): Record<string, unknown> => JSON.parse(text));
  const answered = new Set<unknown>();
  await until("the device restarts", async () => {
    for (const { request, release, offset, length } of messages()) {
      if (request !== "block" || answered.has(offset)) continue;
      answered.add(offset);
      const bytes = next.subarray(Number(offset), Number(offset) + Number(length));
      const header = { release, offset, length: bytes.length, size: next.length };
      await cloud.say(`firmware/${id}`, `${JSON.stringify(header)}\n${bytes}`);
    }
    return first.restarts.length > 0;
  });
  expect(messages().flatMap(({ state }) => state ?? [])).toEqual([
    "accepted",
    "downloading",
    "verified",
    "restarting",
  ]);
  await first.device.close();

  const second = await bootedDevice(disk, cloud.url);
  await second.device.connect();
  await until("it is confirmed", () => messages().some(({ state }) => state === "confirmed"));
  const hellos = await cloud.heard(`hello/${id}`, 2);
  expect(JSON.parse(hellos.at(-1) ?? "")).toMatchObject({
    firmware: "2",
    image: sha256(next),
    other: sha256(old),
    reset: "update",
  });
});

it("a device without an update handler ignores offers and sends no fields about them", async () => {
  const cloud = await startManualCloud();
  const device = createDevice({
    id,
    fleet: "f1",
    certificate: "",
    privateKey: "",
    endpoints: [cloud.url],
  });
  onTestFinished(() => device.close());
  const errors: Error[] = [];
  device.on("error", (error) => errors.push(error));
  await device.connect();
  await cloud.say(`control/${id}`, offerOf(next, 2, [key]));
  await cloud.say(`control/${id}`, { command: "hello" });
  const [hello = ""] = await cloud.heard(`hello/${id}`, 2);
  expect(Object.keys(JSON.parse(hello))).not.toContain("slots");
  expect([errors, cloud.published.some(({ topic }) => topic === reports)]).toEqual([[], false]);
});
