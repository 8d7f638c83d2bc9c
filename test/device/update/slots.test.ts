import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { diskSlots, installImage } from "../../../device/update/diskSlots.ts";
import { installFile } from "../../../device/update/fileSlots.ts";
import { memoryDisk } from "../../../device/update/memoryDisk.ts";
import { runSlots } from "../../../device/update/runSlots.ts";
import { folderDisk, type SlotDisk } from "../../../device/update/slotDisk.ts";
import type { SlotImage, Slots } from "../../../device/update/slots.ts";
import { startSlot } from "../../../device/update/startSlot.ts";
import { powerCutDisk } from "../support/powerCutDisk.ts";
import { sha256 } from "../support/signedFirmware.ts";

const old = randomBytes(3_000);
const next = randomBytes(2_000);

const imageOf = (bytes: Buffer, version: number): SlotImage => ({
  size: bytes.length,
  sha256: sha256(bytes),
  version,
  sequence: version,
});

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "godwit-slots-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
};

const onDisk = async (): Promise<SlotDisk> => {
  const disk = folderDisk(join(await folder(), "slots"));
  onTestFinished(() => disk.close?.());
  return disk;
};

const fill = async (slots: Slots, bytes: Buffer, version: number) => {
  await slots.erase();
  await slots.write(0, bytes.subarray(0, 700));
  await slots.write(700, bytes.subarray(700));
  await slots.sync();
  await slots.activate(imageOf(bytes, version));
};

describe.each<[string, () => Promise<SlotDisk>]>([
  ["files", onDisk],
  ["memory", async () => memoryDisk()],
  ["the disk of the tests", async () => powerCutDisk()],
])("slots on %s", (_what, open) => {
  const delivered = async () => {
    const disk = await open();
    await installImage(disk, old, { version: 1, sequence: 1 });
    const boot = async () => {
      const started = await startSlot(disk);
      const slots = diskSlots(disk, 10_000);
      return { started, slots, state: await slots.open() };
    };
    return { disk, boot };
  };

  it("boot the delivered image", async () => {
    const { boot } = await delivered();
    const { started, state } = await boot();
    expect(started).toEqual({ slot: "a", image: imageOf(old, 1), isTrial: false });
    expect(state).toEqual({
      running: imageOf(old, 1),
      other: undefined,
      isTrial: false,
      reverted: undefined,
    });
  });

  it("boot an activated image on trial, and then always once it is confirmed", async () => {
    const { boot } = await delivered();
    const { slots } = await boot();
    await fill(slots, next, 2);
    const second = await boot();
    expect(second.started).toMatchObject({ slot: "b", isTrial: true });
    expect(second.state).toMatchObject({ running: imageOf(next, 2), other: imageOf(old, 1) });
    await second.slots.markStarted();
    await second.slots.confirm();
    for (let start = 0; start < 5; start += 1) {
      expect((await boot()).started).toMatchObject({ slot: "b", isTrial: false });
    }
  });

  it("return to the other image if the new one is reverted", async () => {
    const { boot } = await delivered();
    await fill((await boot()).slots, next, 2);
    await (await boot()).slots.revert("it is broken");
    const { started, state, slots } = await boot();
    expect(started).toMatchObject({ slot: "a", isTrial: false });
    const reverted = { sha256: sha256(next), reason: "it is broken", hasStarted: true };
    expect(state).toMatchObject({ other: imageOf(next, 2), reverted });
    await slots.forgetReverted();
    expect((await boot()).state.reverted).toBeUndefined();
  });

  it("replace a longer image by a shorter one completely", async () => {
    const { disk, boot } = await delivered();
    await fill((await boot()).slots, next, 2);
    await (await boot()).slots.confirm();
    const short = randomBytes(800);
    await fill((await boot()).slots, short, 3);
    expect(await disk.read("a", 0, 10_000)).toEqual(short);
    expect((await boot()).started.image.version).toBe(3);
  });

  it("hold no other image while it is written", async () => {
    const { boot } = await delivered();
    await fill((await boot()).slots, next, 2);
    await (await boot()).slots.confirm();
    const { slots } = await boot();
    await slots.erase();
    expect((await boot()).state.other).toBeUndefined();
  });

  it("store a text of the update handler", async () => {
    const { boot } = await delivered();
    const { slots } = await boot();
    expect(await slots.readState()).toBeUndefined();
    await slots.writeState("one é");
    await slots.writeState("two, longer");
    await slots.writeState("3");
    expect(await (await boot()).slots.readState()).toBe("3");
  });
});

describe("a damaged disk", () => {
  it("boots a complete image, whichever byte of the latest boot record changed", async () => {
    const length = powerCutDisk();
    await installImage(length, old, { version: 1, sequence: 1 });
    await startSlot(length);
    await fill(await opened(length), next, 2);
    const bytes = length.content("boot-0").length;
    for (let at = 0; at < bytes; at += 1) {
      const disk = powerCutDisk();
      await installImage(disk, old, { version: 1, sequence: 1 });
      await startSlot(disk);
      await fill(await opened(disk), next, 2);
      for (const area of ["boot-0", "boot-1"] as const) {
        const before = Buffer.from(disk.content(area));
        if (at >= before.length) continue;
        disk.flip(area, at);
        const { slot, image } = await startSlot(disk);
        expect(sha256(disk.content(slot).subarray(0, image.size))).toBe(image.sha256);
      }
    }
  });

  it("boots the other image if the confirmed one is damaged, and rejects if both are", async () => {
    const disk = powerCutDisk();
    await installImage(disk, old, { version: 1, sequence: 1 });
    await startSlot(disk);
    await fill(await opened(disk), next, 2);
    await startSlot(disk);
    await (await opened(disk)).confirm();
    disk.flip("b", 1_000);
    expect((await startSlot(disk)).image.version).toBe(1);
    expect((await startSlot(disk)).image.version).toBe(1);
    disk.flip("a", 1_000);
    await expect(startSlot(disk)).rejects.toThrow("no slot holds a complete image");
  });

  it("rejects slots into which nothing was installed", async () => {
    await expect(startSlot(powerCutDisk())).rejects.toThrow("no slot holds a complete image");
  });
});

const opened = async (disk: SlotDisk): Promise<Slots> => {
  const slots = diskSlots(disk, 10_000);
  await slots.open();
  return slots;
};

describe("the start program", () => {
  it("runs an image, its update, and the old image again when the update crashes", async () => {
    const path = await folder();
    const slots = join(path, "slots");
    const out = join(path, "out");
    const script = (text: string) => Buffer.from(`#!/bin/sh\n${text}\n`);
    const first = join(path, "first");
    // Ends at once, as an application that restarts.
    await writeFile(first, script(`echo old >> ${out}`));
    await chmod(first, 0o700);
    await installFile(slots, first, { version: 1, sequence: 1 });
    const image = script(`echo new >> ${out}; exit 1`);
    const stop = new AbortController();
    const starts: string[] = [];
    await runSlots(slots, {
      signal: stop.signal,
      onStart: ({ image: { version }, isTrial }) => {
        starts.push(`${version}${isTrial ? " on trial" : ""}`);
        if (starts.length === 1) return;
        if (starts.at(-2) === "2 on trial" && version === 1) stop.abort();
      },
      command: (file) => [
        process.execPath,
        "test/device/support/activateAndRun.ts",
        slots,
        file,
        image.toString("base64"),
      ],
    });
    expect(starts).toEqual(["1", "2 on trial", "2 on trial", "2 on trial", "1"]);
    const lines = (await readFile(out, "utf8")).trim().split("\n");
    expect(lines.slice(0, 4)).toEqual(["old", "new", "new", "new"]);
  }, 30_000);

  it("kills an image on trial that hangs", async () => {
    const path = await folder();
    const slots = join(path, "slots");
    const file = join(path, "first");
    await writeFile(file, "exec sleep 60\n");
    await installFile(slots, file, { version: 1, sequence: 1 });
    const disk = folderDisk(slots);
    await startSlot(disk);
    await fill(await opened(disk), Buffer.from("exec sleep 60\n"), 2);
    await disk.close?.();
    const stop = new AbortController();
    const versions: number[] = [];
    await runSlots(slots, {
      signal: stop.signal,
      trialTimeoutMs: 50,
      onStart: ({ image: { version } }) => {
        versions.push(version);
        if (version === 1) stop.abort();
      },
      command: (image) => ["/bin/sh", image],
    });
    expect(versions).toEqual([2, 2, 2, 1]);
  }, 30_000);
});
