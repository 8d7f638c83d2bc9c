import type { DiskArea, SlotDisk } from "../../../device/update/slotDisk.ts";
import { diskAreas } from "../../../device/update/slotDisk.ts";

/** What a power cut leaves of the writes that are not synced. */
export type Remains = "nothing" | "everything" | "half";

/** A disk in memory whose power can be cut. */
export interface PowerCutDisk extends SlotDisk {
  /** Cuts the power instead of a change: the next one is number 1. */
  cutAt(change: number, remains: Remains): void;
  /** Whether the power was cut. */
  isOff(): boolean;
  /** Restores the power. */
  powerOn(): void;
  /** Number of changes so far. */
  changes(): number;
  /** Changes a byte. */
  flip(area: DiskArea, offset: number): void;
  content(area: DiskArea): Buffer;
}

interface Change {
  readonly area: DiskArea;
  readonly offset: number;
  readonly bytes: Buffer | undefined;
}

const apply = (before: Buffer, { offset, bytes }: Change): Buffer => {
  if (bytes === undefined) {
    return Buffer.concat([before, Buffer.alloc(Math.max(0, offset - before.length))], offset);
  }
  const after = Buffer.alloc(Math.max(before.length, offset + bytes.length));
  before.copy(after);
  bytes.copy(after, offset);
  return after;
};

export const powerCutDisk = (): PowerCutDisk => {
  const durable = new Map<DiskArea, Buffer>(diskAreas.map((area) => [area, Buffer.alloc(0)]));
  let pending: Change[] = [];
  let changes = 0;
  let cut: { readonly at: number; readonly remains: Remains } | undefined;
  let isOff = false;

  const applied = (area: DiskArea, some: readonly Change[]): Buffer =>
    some.filter((change) => change.area === area).reduce(apply, durable.get(area)!);
  const keep = (some: readonly Change[]): void => {
    for (const area of diskAreas) durable.set(area, applied(area, some));
  };
  const requirePower = (): void => {
    if (isOff) throw new Error("no power");
  };
  /** The power is cut during this change: a part of it may be on the disk. */
  const change = (next: Change | undefined): void => {
    requirePower();
    changes += 1;
    if (cut?.at === changes) {
      const all = next === undefined ? pending : [...pending, next];
      if (cut.remains === "everything") keep(all);
      if (cut.remains === "half") {
        const last = all.at(-1);
        const half = last?.bytes?.subarray(0, Math.ceil(last.bytes.length / 2));
        keep([...all.slice(0, -1), ...(last && half ? [{ ...last, bytes: half }] : [])]);
      }
      pending = [];
      isOff = true;
      throw new Error("the power was cut");
    }
    if (next !== undefined) pending.push(next);
  };

  return {
    async read(area, offset, length) {
      requirePower();
      return Buffer.from(applied(area, pending).subarray(offset, offset + length));
    },
    async write(area, offset, bytes) {
      change({ area, offset, bytes: Buffer.from(bytes) });
    },
    async truncate(area, length) {
      change({ area, offset: length, bytes: undefined });
    },
    async sync(area) {
      change(undefined);
      durable.set(area, applied(area, pending));
      pending = pending.filter((each) => each.area !== area);
    },
    cutAt(at, remains) {
      changes = 0;
      cut = { at, remains };
    },
    isOff: () => isOff,
    powerOn() {
      isOff = false;
      cut = undefined;
    },
    changes: () => changes,
    flip(area, offset) {
      const bytes = durable.get(area)!;
      bytes[offset] = bytes[offset]! ^ 1;
    },
    content: (area) => applied(area, pending),
  };
};
