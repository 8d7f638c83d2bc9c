import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { diskSlots } from "../../../device/update/diskSlots.ts";
import { folderDisk } from "../../../device/update/slotDisk.ts";
import {
  demoDeviceFolder,
  readFirmwareKeys,
  startDemoFirmware,
} from "../../../local/demo/demoFirmware.ts";
import { openState } from "../../../local/state/openState.ts";
import { signEnvelope } from "../../../shared/firmware/signing/envelope.ts";
import { keyDocumentType } from "../../../shared/firmware/signing/keyDocument.ts";

const newFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "godwit-demo-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const keysOf = (product: number): string => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const id = createHash("sha256").update(raw).digest("hex");
  const keys = [{ id, public: raw.toString("base64") }];
  const document = { product, number: 1, threshold: 1, keys };
  return JSON.stringify(signEnvelope(keyDocumentType, document, [{ id, key: privateKey }]));
};

const restart = () => {};

/** Installs an image into the other slot, as the update handler does. */
const install = async (folder: string, product: number, text: string): Promise<void> => {
  const disk = folderDisk(join(folder, `slots-${product}`));
  const slots = diskSlots(disk, 1_000);
  const image = Buffer.from(text);
  await slots.open();
  await slots.erase();
  await slots.write(0, image);
  const sha256 = createHash("sha256").update(image).digest("hex");
  await slots.activate({ size: image.length, sha256, version: 2, sequence: 2 });
  await disk.close?.();
};

it("the demo device takes updates when it has a key document", async () => {
  const folder = await newFolder();
  expect(await readFirmwareKeys(folder)).toBeUndefined();
  await writeFile(join(folder, "firmware-keys.json"), keysOf(7));
  const keys = (await readFirmwareKeys(folder)) ?? "";
  const first = await startDemoFirmware(folder, { keys, restart });
  expect(first).toMatchObject({ version: 1, text: expect.stringContaining("first firmware") });
  await first?.close();
  await install(folder, 7, "Hello\n");
  const second = await startDemoFirmware(folder, { keys, restart });
  expect(second).toMatchObject({ version: 2, text: "Hello" });
  await second?.close();
});

it("what the demo device and its owner write is no damage of the state folder", async () => {
  const state = await newFolder();
  const folder = join(state, demoDeviceFolder);
  await mkdir(folder);
  const keys = keysOf(7);
  await writeFile(join(folder, "firmware-keys.json"), keys);
  await (await startDemoFirmware(folder, { keys, restart }))?.close();
  const open = () => openState(state, { isRepair: false, log: () => {} });
  (await open()).close();
  await writeFile(join(folder, "firmware-keys.json"), keysOf(8));
  await install(folder, 7, "Hello\n");
  (await open()).close();
});

it("the demo device begins again with the first image in another product", async () => {
  const folder = await newFolder();
  const [one, other] = [keysOf(7), keysOf(8)];
  await (await startDemoFirmware(folder, { keys: one, restart }))?.close();
  await install(folder, 7, "Hello\n");
  const started = await startDemoFirmware(folder, { keys: other, restart });
  expect(started?.version).toBe(1);
  await started?.close();
});

it.each(["", "{}", "not JSON"])("a file that is no key document (%j) is refused", async (keys) => {
  expect(await startDemoFirmware(await newFolder(), { keys, restart })).toBeUndefined();
});
