import { type DiskArea, diskAreas, type SlotDisk } from "./slotDisk.ts";

/** A disk in memory, for simulated devices and tests. */
export const memoryDisk = (): SlotDisk => {
  const areas = new Map<DiskArea, Buffer>(diskAreas.map((area) => [area, Buffer.alloc(0)]));
  const contentOf = (area: DiskArea): Buffer => areas.get(area) ?? Buffer.alloc(0);
  return {
    async read(area, offset, length) {
      return Buffer.from(contentOf(area).subarray(offset, offset + length));
    },
    async write(area, offset, bytes) {
      const before = contentOf(area);
      const end = offset + bytes.length;
      const after = end <= before.length ? before : Buffer.concat([before], end);
      after.set(bytes, offset);
      areas.set(area, after);
    },
    async truncate(area, length) {
      areas.set(area, Buffer.from(contentOf(area).subarray(0, length)));
    },
    async sync() {},
  };
};
