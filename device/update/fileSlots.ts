import { readFile } from "node:fs/promises";
import { diskSlots, type ImageInfo, installImage } from "./diskSlots.ts";
import { folderDisk } from "./slotDisk.ts";
import type { Slots } from "./slots.ts";

/** Options of slots in a folder. */
export interface FileSlotsOptions {
  /** Largest image, in bytes. Default: 64 MB. */
  readonly imageBytesMax?: number;
}

const imageBytesDefault = 67_108_864;

/**
 * Slots in a folder, for Linux. Only one process may use a folder at a time, and the start program
 * `runSlots` starts the application. Two records and two images need twice the size of an image.
 */
export const fileSlots = (folder: string, { imageBytesMax }: FileSlotsOptions = {}): Slots =>
  diskSlots(folderDisk(folder), imageBytesMax ?? imageBytesDefault);

/** Installs the first image of a device in a folder of slots, from a file. */
export const installFile = async (folder: string, file: string, info: ImageInfo): Promise<void> => {
  const disk = folderDisk(folder);
  try {
    await installImage(disk, await readFile(file), info);
  } finally {
    await disk.close?.();
  }
};
