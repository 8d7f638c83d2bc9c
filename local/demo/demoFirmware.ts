import { join } from "node:path";
import { readIfExists } from "../../device/platform/files.ts";
import { createUpdates, type RestartReason } from "../../device/update/createUpdates.ts";
import { diskSlots, installImage } from "../../device/update/diskSlots.ts";
import { readKeyDocument } from "../../device/update/keyDocument.ts";
import { folderDisk, type SlotDisk } from "../../device/update/slotDisk.ts";
import { type StartedSlot, startSlot } from "../../device/update/startSlot.ts";
import type { Updates } from "../../device/update/updates.ts";

/** The firmware that the demo device runs, and the handler that installs the next one. */
export interface DemoFirmware {
  readonly version: number;
  /** The beginning of the running image, as text. */
  readonly text: string;
  readonly updates: Updates;
  /** Releases the slots, after the device was closed. */
  close(): Promise<void>;
}

const imageBytesMax = 4_194_304;
const shownBytes = 200;

/**
 * The subfolder of the state folder with the slots of the device and the key document of its
 * product. The device and its owner write it, so the state folder does not check its files.
 */
export const demoDeviceFolder = "demo-device";

/** The image with which the demo device is delivered. */
const firstImage = Buffer.from("the first firmware of the demo device\n");
const firstVersion = { version: 1, sequence: 1 };

/** The text of the key document that a person has given the demo device, if there is one. */
export const readFirmwareKeys = (folder: string): Promise<string | undefined> =>
  readIfExists(join(folder, "firmware-keys.json"));

/**
 * Starts the slot that boots, as a start program does. The slots are in a folder of the product of
 * the key document, and hold the first image until an update. `undefined` if the text is no key
 * document.
 */
export const startDemoFirmware = async (
  folder: string,
  { keys, restart }: { keys: string; restart: (reason: RestartReason) => void },
): Promise<DemoFirmware | undefined> => {
  const document = readKeyDocument(keys);
  if (document === undefined) return undefined;
  const { product } = document;
  const disk = folderDisk(join(folder, `slots-${product}`));
  const { slot, image } = await startOrInstall(disk);
  const begin = await disk.read(slot, 0, Math.min(image.size, shownBytes));
  return {
    version: image.version,
    text: begin.toString("utf8").trim(),
    updates: createUpdates({ slots: diskSlots(disk, imageBytesMax), product, keys, restart }),
    close: async () => disk.close?.(),
  };
};

const startOrInstall = async (disk: SlotDisk): Promise<StartedSlot> => {
  try {
    return await startSlot(disk);
  } catch {
    await installImage(disk, firstImage, firstVersion);
    return await startSlot(disk);
  }
};
