import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { installImage } from "../../../device/update/diskSlots.ts";
import { type PowerCutDisk, powerCutDisk } from "../support/powerCutDisk.ts";
import { keyDocument, offerOf, ownerKey, sha256 } from "../support/signedFirmware.ts";
import {
  blockOf,
  eventually,
  type UpdateMachine,
  updateMachine,
} from "../support/updateMachine.ts";

const key = ownerKey();
const keys = keyDocument([key]);
const old = randomBytes(3_000);
const images = [randomBytes(70_000), randomBytes(40_000)] as const;
const known = [old, ...images].map(sha256);

const offers = images.map((image, i) => offerOf(image, i + 2, [key]));
const last = offerOf(images[0], 4, [key], { release: "last", manifest: { sequence: 9 } });

const step = fc.oneof(
  fc.record({ kind: fc.constant("offer" as const), which: fc.nat(1) }),
  fc.record({ kind: fc.constant("rollback" as const), which: fc.nat(1) }),
  fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(1) }),
  fc.constant({ kind: "connect" as const }),
  fc.constant({ kind: "disconnect" as const }),
  fc.constant({ kind: "boot" as const }),
  fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(700_000) }),
  fc.record({
    kind: fc.constant("cut" as const),
    at: fc.integer({ min: 1, max: 12 }),
    remains: fc.constantFrom("nothing" as const, "everything" as const, "half" as const),
  }),
  fc.record({ kind: fc.constant("damage" as const), blocks: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constant("turns" as const), count: fc.integer({ min: 1, max: 30 }) }),
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Boots a machine and checks that the image is complete. */
const boot = async (machine: UpdateMachine, disk: PowerCutDisk) => {
  disk.powerOn();
  const { slot, image } = await machine.boot();
  const found = sha256(disk.content(slot).subarray(0, image.size));
  expect(found).toBe(image.sha256);
  expect(known).toContain(found);
};

const play = async (steps: readonly Step[]) => {
  const disk = powerCutDisk();
  await installImage(disk, old, { version: 1, sequence: 1 });
  const machine = updateMachine(disk, { keys, transport: "blocks" }, { isOff: () => disk.isOff() });
  let damaged = 0;
  machine.onBlockRequest((request) => {
    const image = request.release === "r3" ? images[1] : images[0];
    const block = blockOf(image, request);
    if (damaged > 0) block[block.length - 1] = block.at(-1)! ^ 1;
    damaged = Math.max(0, damaged - 1);
    return block;
  });
  await boot(machine, disk);
  let restarts = 0;
  const restartIfAsked = async () => {
    if (!disk.isOff() && machine.restarts.length === restarts) return;
    restarts = machine.restarts.length;
    await boot(machine, disk);
  };
  for (const each of steps) {
    await restartIfAsked();
    switch (each.kind) {
      case "offer":
        machine.command(offers[each.which]!);
        break;
      case "rollback":
        machine.command({ command: "rollback", release: `r${each.which + 2}` });
        break;
      case "cancel":
        machine.command({ command: "cancel_update", release: `r${each.which + 2}` });
        break;
      case "connect":
        machine.connect();
        break;
      case "disconnect":
        machine.disconnect();
        break;
      case "boot":
        await boot(machine, disk);
        break;
      case "advance":
        machine.clock.advance(each.ms);
        break;
      case "cut":
        disk.cutAt(each.at, each.remains);
        break;
      case "damage":
        damaged = each.blocks;
        break;
      case "turns":
        for (let n = 0; n < each.count; n += 1) await turn();
    }
    await turn();
  }
  // Whatever has happened, the next release installs.
  damaged = 0;
  disk.powerOn();
  await boot(machine, disk);
  restarts = machine.restarts.length;
  machine.sent.length = 0;
  machine.connect();
  await eventually(
    () => {
      const isDone = machine.sent.some(
        ({ release, state }) => release === "last" && state === "confirmed",
      );
      if (isDone) return true;
      machine.clock.advance(1_000);
      if (machine.restarts.length === restarts) machine.command(last);
      return machine.restarts.length > restarts;
    },
    () => JSON.stringify(machine.sent.slice(-5)),
  );
  for (let n = 0; n < 4; n += 1) {
    await boot(machine, disk);
    machine.connect();
    machine.command(last);
    for (let turns = 0; turns < 40; turns += 1) {
      machine.clock.advance(1_000);
      await turn();
    }
  }
  expect((await machine.boot()).image.sha256).toBe(sha256(images[0]));
};

it("a device boots a complete image and installs the next release, whatever happened before", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), play), {
    numRuns: 40,
  });
}, 120_000);
