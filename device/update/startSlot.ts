import { createHash } from "node:crypto";
import { readBackBytes, trialBootsMax } from "../limits.ts";
import {
  type BootRecord,
  emptyBootRecord,
  otherSlot,
  parseBootRecord,
  type SlotName,
} from "./bootRecord.ts";
import { type DiskRecord, diskRecord } from "./diskRecord.ts";
import type { SlotDisk } from "./slotDisk.ts";
import type { SlotImage } from "./slots.ts";

/** The slot to start. */
export interface StartedSlot {
  readonly slot: SlotName;
  readonly image: SlotImage;
  /** The image is not confirmed. */
  readonly isTrial: boolean;
}

/** The record of what boots next. */
export const bootRecordOf = (disk: SlotDisk): DiskRecord => diskRecord(disk, ["boot-0", "boot-1"]);

/**
 * Chooses the slot to start, as a boot loader does: call it once for each start, before the
 * application runs. Counts the starts of an image on trial, and reverts it when it was started
 * `trialBootsMax` times without being confirmed. Verifies the hash of the image, and takes the
 * other slot if the hash is wrong. Rejects if no slot holds a complete image.
 */
export const startSlot = async (disk: SlotDisk): Promise<StartedSlot> => {
  const file = bootRecordOf(disk);
  const text = await file.read();
  const record = (text === undefined ? undefined : parseBootRecord(text)) ?? emptyBootRecord;
  const next = await chooseSlot(disk, record);
  const { booted, trial } = next;
  const image = next.images[booted];
  if (image === undefined || !(await holds(disk, booted, image))) {
    throw new Error("no slot holds a complete image");
  }
  if (JSON.stringify(next) !== JSON.stringify(record)) await file.write(JSON.stringify(next));
  return { slot: booted, image, isTrial: trial?.slot === booted };
};

const chooseSlot = async (disk: SlotDisk, record: BootRecord): Promise<BootRecord> => {
  const { trial, active, images } = record;
  if (trial !== undefined) {
    const image = images[trial.slot];
    const isComplete = image !== undefined && (await holds(disk, trial.slot, image));
    if (isComplete && trial.boots < trialBootsMax) {
      return { ...record, booted: trial.slot, trial: { ...trial, boots: trial.boots + 1 } };
    }
    const { hasStarted } = trial;
    const reason = isComplete ? `not confirmed after ${trial.boots} starts` : "damaged in the slot";
    const reverted = { sha256: image?.sha256 ?? "", reason, hasStarted };
    return await chooseSlot(disk, { ...record, trial: undefined, reverted });
  }
  const image = images[active];
  if (image !== undefined && (await holds(disk, active, image))) {
    return { ...record, booted: active };
  }
  const other = otherSlot(active);
  return { ...record, active: other, booted: other, images: { ...images, [active]: undefined } };
};

/** Whether a slot holds an image completely. */
export const holds = async (disk: SlotDisk, slot: SlotName, image: SlotImage): Promise<boolean> =>
  (await hashOf((offset, length) => disk.read(slot, offset, length), image.size)) === image.sha256;

/** Returns the SHA-256 of the first bytes of a slot in hex; `undefined` if it has fewer bytes. */
export const hashOf = async (
  read: (offset: number, length: number) => Promise<Uint8Array>,
  size: number,
): Promise<string | undefined> => {
  const hash = createHash("sha256");
  for (let offset = 0; offset < size; ) {
    const bytes = await read(offset, Math.min(readBackBytes, size - offset));
    if (bytes.length === 0) return undefined;
    hash.update(bytes);
    offset += bytes.length;
  }
  return hash.digest("hex");
};
