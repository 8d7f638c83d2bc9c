import { progressWritesMax } from "./limits.ts";
import type { PaceRows } from "./progressRows.ts";

interface Deps {
  readonly pace: Pick<PaceRows, "find" | "put">;
  readonly now: () => number;
}

/**
 * Takes a slot of this region for a device. Returns `false` if there is none, if offers pause, or
 * if too many workers write the row at the same time. A device that has a slot keeps it.
 *
 * The slot is stored before the device is offered anything: a crash in between leaves a slot
 * without an offer, which the controller frees.
 */
export const admitDevice = async (
  release: string,
  device: string,
  { pace, now }: Deps,
): Promise<boolean> => {
  for (let writes = 0; writes < progressWritesMax; writes += 1) {
    const row = await pace.find(release);
    if (row === undefined || row.paused !== undefined) return false;
    const others = row.admitted.filter((one) => one.device !== device);
    const isKnown = others.length < row.admitted.length;
    if (!isKnown && others.length >= row.allowed) return false;
    const admitted = [...others, { device, at: now() }];
    if (await pace.put({ ...row, admitted, revision: row.revision + 1 })) return true;
  }
  return false;
};

/**
 * Whether a device has a slot in any region, or takes one in this one. For a device whose slot may
 * have been freed meanwhile.
 */
export const hasOrTakesSlot = async (
  release: string,
  device: string,
  deps: Deps & { readonly pace: Pick<PaceRows, "list">; readonly region: string },
): Promise<boolean> => {
  const isIn = (await deps.pace.list(release)).some(
    ({ region, admitted }) =>
      region !== deps.region && admitted.some((one) => one.device === device),
  );
  // A slot of this region is taken again: the controller may be about to free it.
  return isIn || (await admitDevice(release, device, deps));
};

/** Frees the slots of devices. Idempotent; the controller does it again after a failure. */
export const freeSlots = async (
  release: string,
  devices: ReadonlySet<string>,
  { pace }: Pick<Deps, "pace">,
): Promise<void> => {
  for (let writes = 0; writes < progressWritesMax; writes += 1) {
    const row = await pace.find(release);
    if (row === undefined) return;
    const admitted = row.admitted.filter((one) => !devices.has(one.device));
    if (admitted.length === row.admitted.length) return;
    if (await pace.put({ ...row, admitted, revision: row.revision + 1 })) return;
  }
};
