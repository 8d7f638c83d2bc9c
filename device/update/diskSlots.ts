import { createHash } from "node:crypto";
import { type BootRecord, emptyBootRecord, otherSlot, parseBootRecord } from "./bootRecord.ts";
import { diskRecord } from "./diskRecord.ts";
import type { SlotDisk } from "./slotDisk.ts";
import type { SlotImage, Slots } from "./slots.ts";
import { bootRecordOf } from "./startSlot.ts";

/**
 * Slots on a disk. The start program must choose the slot with `startSlot` before each start of the
 * application. Only one process may use the slots at a time.
 */
export const diskSlots = (disk: SlotDisk, imageBytesMax: number): Slots => {
  const file = bootRecordOf(disk);
  const state = diskRecord(disk, ["state-0", "state-1"]);
  let record: BootRecord = emptyBootRecord;
  const change = async (changed: Partial<BootRecord>): Promise<void> => {
    const next = { ...record, ...changed };
    await file.write(JSON.stringify(next));
    record = next;
  };
  const inactive = () => otherSlot(record.booted);
  const isTrial = () => record.trial !== undefined && record.trial.slot === record.booted;
  return {
    imageBytesMax,
    async open() {
      const text = await file.read();
      record = (text === undefined ? undefined : parseBootRecord(text)) ?? emptyBootRecord;
      const { images, booted, reverted } = record;
      return { running: images[booted], other: images[inactive()], isTrial: isTrial(), reverted };
    },
    readState: () => state.read(),
    writeState: (text) => state.write(text),
    async erase() {
      const images = { ...record.images, [inactive()]: undefined };
      // The running image boots also if it was on trial: the other slot is about to be overwritten.
      await change({ images, active: record.booted, trial: undefined });
    },
    write: (offset, bytes) => disk.write(inactive(), offset, bytes),
    sync: () => disk.sync(inactive()),
    read: (offset, length) => disk.read(inactive(), offset, length),
    async activate(image) {
      const slot = inactive();
      await disk.truncate(slot, image.size);
      await disk.sync(slot);
      const images = { ...record.images, [slot]: image };
      const trial = { slot, boots: 0, hasStarted: false };
      await change({ images, trial, active: record.booted, reverted: undefined });
    },
    async forgetReverted() {
      if (record.reverted !== undefined) await change({ reverted: undefined });
    },
    async markStarted() {
      const { trial } = record;
      if (trial === undefined || !isTrial() || trial.hasStarted) return;
      await change({ trial: { ...trial, hasStarted: true } });
    },
    async confirm() {
      if (isTrial()) await change({ active: record.booted, trial: undefined });
    },
    async revert(reason) {
      const sha256 = record.images[record.booted]?.sha256 ?? "";
      if (!isTrial()) return;
      await change({ trial: undefined, reverted: { sha256, reason, hasStarted: true } });
    },
  };
};

/** Version and sequence of an image. */
export type ImageInfo = Pick<SlotImage, "version" | "sequence">;

/** Installs the first image of a device. Replaces whatever the slots hold. */
export const installImage = async (
  disk: SlotDisk,
  image: Uint8Array,
  { version, sequence }: ImageInfo,
): Promise<void> => {
  await disk.write("a", 0, image);
  await disk.truncate("a", image.length);
  await disk.sync("a");
  const sha256 = createHash("sha256").update(image).digest("hex");
  const a = { size: image.length, sha256, version, sequence };
  await bootRecordOf(disk).write(JSON.stringify({ ...emptyBootRecord, images: { a } }));
};
