import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { installImage } from "../../../device/update/diskSlots.ts";
import { type PowerCutDisk, powerCutDisk, type Remains } from "../support/powerCutDisk.ts";
import { keyDocument, offerOf, ownerKey, sha256 } from "../support/signedFirmware.ts";
import {
  blockOf,
  eventually,
  type UpdateMachine,
  updateMachine,
} from "../support/updateMachine.ts";

const key = ownerKey();
const keys = keyDocument([key]);
const old = randomBytes(90_000);
const next = randomBytes(100_001);
const offer = offerOf(next, 2, [key]);

const machineOf = (disk: PowerCutDisk): UpdateMachine => {
  const machine = updateMachine(disk, { keys, transport: "blocks" }, { isOff: () => disk.isOff() });
  machine.onBlockRequest((request) => blockOf(next, request));
  return machine;
};

/** Boots until the machine waits for a restart, has confirmed, or has lost its power. */
const runOnce = async (machine: UpdateMachine, disk: PowerCutDisk): Promise<void> => {
  const restarts = machine.restarts.length;
  try {
    await machine.boot();
    machine.connect();
    machine.command(offer);
  } catch {
    expect(disk.isOff()).toBe(true);
  }
  await eventually(
    () =>
      disk.isOff() || machine.restarts.length > restarts || machine.states().includes("confirmed"),
    () => JSON.stringify(machine.sent),
  );
  machine.stop();
};

const runsMax = 6;

it.each<Remains>(["nothing", "everything", "half"])(
  "boots a complete image and updates after a power cut at any write of which %s remains",
  async (remains) => {
    let cuts = 0;
    for (let at = 1; ; at += 1) {
      const disk = powerCutDisk();
      await installImage(disk, old, { version: 1, sequence: 1 });
      disk.cutAt(at, remains);
      const machine = machineOf(disk);
      for (let run = 0; run < runsMax && !machine.states().includes("confirmed"); run += 1) {
        if (disk.isOff()) {
          cuts += 1;
          disk.powerOn();
          const { slot, image } = await machine.boot();
          machine.stop();
          const content = disk.content(slot).subarray(0, image.size);
          expect([sha256(old), sha256(next)]).toContain(sha256(content));
        }
        await runOnce(machine, disk);
      }
      if (disk.isOff()) cuts += 1;
      disk.powerOn();
      const { image, isTrial } = await machine.boot();
      expect([at, image.version, isTrial]).toEqual([at, 2, false]);
      expect(machine.states()).toContain("confirmed");
      expect(machine.states()).not.toContain("failed");
      machine.stop();
      if (cuts < at) break;
    }
    // Every write of an update: the job, blocks, progress, the boot record, its confirmation.
    expect(cuts).toBeGreaterThan(20);
  },
);
