import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { installImage } from "../../../device/update/diskSlots.ts";
import { startSlot } from "../../../device/update/startSlot.ts";
import { openAuthority } from "../../../local/iot/certificate/authority.ts";
import { type Fault, startImageServer } from "../support/imageServer.ts";
import { powerCutDisk } from "../support/powerCutDisk.ts";
import { keyDocument, offerOf, ownerKey, sha256 } from "../support/signedFirmware.ts";
import { blockOf, eventually, updateMachine } from "../support/updateMachine.ts";

const key = ownerKey();
const keys = keyDocument([key]);
const old = randomBytes(5_000);
const next = randomBytes(300_000);

type Options = Partial<Parameters<typeof updateMachine>[1]>;

const machineOf = async (options: Options = {}) => {
  const disk = powerCutDisk();
  await installImage(disk, old, { version: 1, sequence: 1 });
  const machine = updateMachine(disk, { keys, transport: "blocks", ...options });
  machine.onBlockRequest((request) => blockOf(next, request));
  await machine.boot();
  machine.connect();
  return { disk, machine };
};

type Machine = Awaited<ReturnType<typeof machineOf>>["machine"];

const restarted = (machine: Machine, count = 1) =>
  eventually(
    () => machine.restarts.length >= count,
    () => `${count} restarts: ${JSON.stringify(machine.sent.slice(-5))} ${machine.errors}`,
  );

/** Advances the clock until a condition holds. */
const advanceUntil = async (machine: Machine, isTrue: () => boolean) =>
  eventually(
    () => {
      if (!isTrue()) machine.clock.advance(500);
      return isTrue();
    },
    () => `${JSON.stringify(machine.sent.slice(-5))} ${machine.errors}`,
  );

/** Updates to version 2 and confirms it. */
const update = async (machine: Machine) => {
  machine.command(offerOf(next, 2, [key]));
  await restarted(machine);
  await machine.boot();
  machine.connect();
  await machine.reported("confirmed");
};

describe("an update", () => {
  it("is downloaded, verified, started on trial, and confirmed on a healthy connection", async () => {
    const { disk, machine } = await machineOf();
    const before = machine.connect();
    expect(before).toMatchObject({ firmware: "1", image: sha256(old), slots: 2, updates: true });
    expect(before.other).toBeUndefined();
    machine.command(offerOf(next, 2, [key]));
    await restarted(machine);
    expect(machine.states()).toEqual(["accepted", "downloading", "verified", "restarting"]);
    const { isTrial } = await machine.boot();
    expect(isTrial).toBe(true);
    expect(machine.states()).not.toContain("confirmed");
    const after = machine.connect();
    expect(after).toMatchObject({ firmware: "2", image: sha256(next), other: sha256(old) });
    expect(after.reset).toBe("update");
    await machine.reported("confirmed");
    expect(machine.connect().reset).toBeUndefined();
    expect((await startSlot(disk)).isTrial).toBe(false);
    expect(machine.restarts).toEqual(["update"]);
  });

  it("waits for a random part of the delay", async () => {
    const { machine } = await machineOf();
    machine.command(offerOf(next, 2, [key], { delay: 60_000 }));
    await machine.reported("accepted");
    machine.clock.advance(29_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(machine.states()).toEqual(["accepted"]);
    machine.clock.advance(1_001);
    await machine.reported("downloading");
  });

  it("of the running image is confirmed at once", async () => {
    const { machine } = await machineOf();
    machine.command(offerOf(old, 1, [key]));
    await machine.reported("confirmed");
    expect(machine.states()).toEqual(["confirmed"]);
  });

  it("that is offered again while it is under way runs once", async () => {
    const { machine } = await machineOf();
    const offer = offerOf(next, 2, [key]);
    for (let n = 0; n < 3; n += 1) machine.command(offer);
    await restarted(machine);
    expect(machine.states().filter((state) => state === "accepted")).toHaveLength(1);
    expect(machine.restarts).toHaveLength(1);
  });

  it("is superseded by another release", async () => {
    const { machine } = await machineOf();
    machine.command(offerOf(next, 2, [key], { delay: 60_000 }));
    await machine.reported("accepted");
    const third = randomBytes(9_000);
    machine.onBlockRequest((request) => blockOf(third, request));
    machine.command(offerOf(third, 3, [key]));
    await restarted(machine);
    expect((await machine.boot()).image.sha256).toBe(sha256(third));
  });

  it("is cancelled before the restart", async () => {
    const { machine } = await machineOf();
    machine.command(offerOf(next, 2, [key], { delay: 60_000 }));
    await machine.reported("accepted");
    machine.command({ command: "cancel_update", release: "r9" });
    machine.command({ command: "cancel_update", release: "r2" });
    machine.command(offerOf(old, 1, [key]));
    await machine.reported("confirmed");
    machine.clock.advance(600_000);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    machine.connect();
    machine.clock.advance(600_000);
    expect(machine.states()).toEqual(["accepted", "confirmed"]);
  });

  it("installs no older sequence than it has installed", async () => {
    const { machine } = await machineOf();
    await update(machine);
    machine.command({ command: "rollback", release: "r2" });
    await restarted(machine, 2);
    await machine.boot();
    machine.connect();
    const older = randomBytes(3_000);
    machine.command(offerOf(older, 3, [key], { manifest: { sequence: 1 } }));
    expect(await machine.reported("failed")).toMatchObject({ error: "older" });
  });
});

describe("the application", () => {
  it("vetoes an update, unless it is forced", async () => {
    const { machine } = await machineOf({ decide: () => ({ veto: "pump runs" }) });
    machine.command(offerOf(next, 2, [key]));
    expect(await machine.reported("vetoed")).toEqual({
      release: "r2",
      state: "vetoed",
      reason: "pump runs",
    });
    machine.command(offerOf(next, 2, [key], { forced: true }));
    await restarted(machine);
  });

  it("defers an update, and is asked again at the time, also after a restart", async () => {
    let answers = 0;
    const until = 1_795_176_000_000 + 3_600_000;
    const { machine } = await machineOf({
      decide: () => {
        answers += 1;
        return answers < 3
          ? { defer: "not now", until: until * (answers === 1 ? 1 : 2) }
          : "accept";
      },
    });
    machine.command(offerOf(next, 2, [key]));
    expect(await machine.reported("deferred")).toMatchObject({ until, reason: "not now" });
    await machine.boot();
    machine.connect();
    machine.clock.advance(3_599_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answers).toBe(1);
    machine.clock.advance(1_001);
    await eventually(
      () => answers === 2,
      () => "asked again",
    );
    machine.command(offerOf(next, 2, [key]));
    await restarted(machine);
    expect(answers).toBe(3);
  });

  it("whose decision fails gets the next offer", async () => {
    const { machine } = await machineOf({
      decide: () => {
        throw new Error("no idea");
      },
    });
    machine.command(offerOf(next, 2, [key]));
    expect(await machine.reported("deferred")).toEqual({
      release: "r2",
      state: "deferred",
      reason: "no idea",
    });
  });
});

describe("a download over HTTP", () => {
  const hasReceived = (disk: ReturnType<typeof powerCutDisk>, bytes: number) =>
    eventually(
      () => disk.content("b").length === bytes,
      () => `${bytes} bytes in the slot`,
    );

  const downloaded = async (faults: readonly Fault[], options: Options = {}) => {
    const server = await startImageServer(next, faults);
    const { disk, machine } = await machineOf({ transport: "https", ...options });
    const offer = offerOf(next, 2, [key], { url: server.url });
    machine.command(offer);
    await advanceUntil(machine, () => {
      const last = machine.sent.at(-1);
      // The cloud answers a request for a URL.
      if (last?.request === "url") {
        machine.sent.push({ answered: true });
        machine.command(offer);
      }
      return machine.restarts.length > 0 || machine.states().includes("failed");
    });
    return { server, disk, machine };
  };

  it("resumes at the byte at which the connection ended", async () => {
    const { server, machine } = await downloaded([
      { cutAfter: 0 },
      { cutAfter: 1 },
      { cutAfter: 100_001 },
    ]);
    expect(machine.restarts).toEqual(["update"]);
    expect(server.ranges[0]).toBe("bytes=0-");
    expect(server.ranges.at(-1)).not.toBe("bytes=0-");
  });

  it("verifies after the connection has ended at any byte", async () => {
    const cuts = [1, 2, 4_095, 4_096, 4_097, 65_535, 65_536, 65_537, 150_000];
    const { machine, disk } = await downloaded(cuts.map((cutAfter) => ({ cutAfter })));
    expect(machine.states()).not.toContain("failed");
    expect(sha256(disk.content("b"))).toBe(sha256(next));
  });

  it("accepts a server that ignores the range", async () => {
    const { machine, disk } = await downloaded([{ cutAfter: 100_000 }, { ignoreRange: true }]);
    expect(machine.states()).not.toContain("failed");
    expect(sha256(disk.content("b"))).toBe(sha256(next));
  });

  it("starts over once if a byte changed on the way", async () => {
    const { server, machine } = await downloaded([{ flipAt: 77_777 }]);
    expect(machine.restarts).toEqual(["update"]);
    expect(server.ranges).toEqual(["bytes=0-", "bytes=0-"]);
  });

  it("fails if the hash is wrong twice, and boots the old image", async () => {
    const { machine } = await downloaded([{ flipAt: 0 }, { flipAt: 299_999 }]);
    expect(await machine.reported("failed")).toMatchObject({ error: "wrong_hash" });
    expect(machine.restarts).toEqual([]);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
  });

  it("starts over if the server has another image", async () => {
    const image = randomBytes(300_000);
    const { machine } = await downloaded([{ cutAfter: 100_000 }, { image, etag: '"2"' }]);
    expect(machine.restarts).toEqual(["update"]);
  });

  it.each([403, 404, 429, 500, 503])(
    "reports %i as unavailable, and tries again later without a failure",
    async (status) => {
      const { machine } = await downloaded([{ status }, { status }]);
      expect(machine.restarts).toEqual(["update"]);
      const unavailable = machine.sent.filter(({ state }) => state === "unavailable");
      expect(unavailable).toEqual([
        { release: "r2", state: "unavailable", status },
        { release: "r2", state: "unavailable", status },
      ]);
      expect(machine.states()).not.toContain("failed");
    },
  );

  it("waits as long as the server says", async () => {
    const server = await startImageServer(next, [
      { status: 503, headers: { "retry-after": "100" } },
    ]);
    const { machine } = await machineOf({ transport: "https" });
    machine.command(offerOf(next, 2, [key], { url: server.url }));
    await machine.reported("unavailable");
    machine.clock.advance(99_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.ranges).toHaveLength(1);
    machine.clock.advance(1_000);
    await restarted(machine);
  });

  it("requests a fresh URL if the URL has expired", async () => {
    const server = await startImageServer(next);
    const { machine } = await machineOf({ transport: "https" });
    const expired = { url: "http://127.0.0.1:1/", url_expires_at: machine.clock.now() - 1 };
    machine.command(offerOf(next, 2, [key], expired));
    const isRequested = () => machine.sent.some(({ request }) => request === "url");
    await eventually(isRequested, () => "a request for a URL");
    machine.command(offerOf(next, 2, [key], { url: server.url, url_expires_at: 1 }));
    await restarted(machine);
  });

  it.each(["https", "auto"] as const)(
    "goes on at its byte with a fresh URL after a connection to another region (%s)",
    async (transport) => {
      const lost = await startImageServer(next, [{ hangAfter: 100_000 }], undefined, '"lost"');
      const server = await startImageServer(next, [], undefined, '"other"');
      const { disk, machine } = await machineOf({ transport });
      machine.connect("mqtts://lost");
      machine.command(offerOf(next, 2, [key], { url: lost.url }));
      await hasReceived(disk, 100_000);
      machine.disconnect();
      machine.connect("mqtts://other");
      const isRequested = () => machine.sent.some(({ request }) => request === "url");
      await eventually(isRequested, () => `a request for a URL: ${machine.errors}`);
      machine.command(offerOf(next, 2, [key], { url: server.url }));
      await restarted(machine);
      expect(lost.ranges).toEqual(["bytes=0-"]);
      expect(server.ranges).toEqual(["bytes=100000-"]);
      expect(machine.sent.filter(({ request }) => request === "block")).toEqual([]);
    },
  );

  it("does not request a fresh URL after another connection to the same region", async () => {
    const server = await startImageServer(next, [{ hangAfter: 100_000 }]);
    const { disk, machine } = await machineOf({ transport: "https" });
    machine.connect("mqtts://here");
    machine.command(offerOf(next, 2, [key], { url: server.url }));
    await hasReceived(disk, 100_000);
    machine.disconnect();
    machine.connect("mqtts://here");
    await advanceUntil(machine, () => machine.restarts.length > 0);
    expect(machine.sent.filter(({ request }) => request === "url")).toEqual([]);
  });

  it("goes on with a fresh URL if the server does not respond, before it uses blocks", async () => {
    const server = await startImageServer(next);
    const { machine } = await machineOf({ transport: "auto" });
    machine.command(offerOf(next, 2, [key], { url: "http://127.0.0.1:1/" }));
    await advanceUntil(machine, () => machine.sent.some(({ request }) => request === "url"));
    machine.command(offerOf(next, 2, [key], { url: server.url }));
    await restarted(machine);
    expect(server.ranges).toEqual(["bytes=0-"]);
    expect(machine.sent.filter(({ request }) => request === "block")).toEqual([]);
  });

  it("takes the bytes of a region that is lost over after a restart of the device", async () => {
    const lost = await startImageServer(
      next,
      [{ cutAfter: 200_000 }, { cutAfter: 0 }],
      undefined,
      '"lost"',
    );
    const server = await startImageServer(next, [], undefined, '"other"');
    const { machine } = await machineOf({ transport: "https" });
    machine.command(offerOf(next, 2, [key], { url: lost.url }));
    await eventually(
      () => machine.errors.length > 0,
      () => "an interrupted download",
    );
    await machine.boot();
    machine.connect();
    machine.command(offerOf(next, 2, [key], { url: server.url }));
    await advanceUntil(machine, () => machine.restarts.length > 0);
    expect(server.ranges).toHaveLength(1);
    expect(server.ranges).not.toEqual(["bytes=0-"]);
  });

  it("accepts a server whose certificate its CA has signed, and no other", async () => {
    const folder = await mkdtemp(join(tmpdir(), "godwit-update-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const authority = await openAuthority(folder);
    const server = await startImageServer(next, [], authority.server);
    const { machine } = await machineOf({ transport: "https", ca: authority.caPem });
    machine.command(offerOf(next, 2, [key], { url: server.url }));
    await restarted(machine);
    const { machine: other } = await machineOf({ transport: "https" });
    other.command(offerOf(next, 2, [key], { url: server.url }));
    await eventually(
      () => other.errors.length > 0,
      () => "an error",
    );
    expect(other.errors[0]?.message).toContain("certificate");
    expect(server.ranges).toHaveLength(1);
  });

  it("continues in blocks if HTTPS fails repeatedly", async () => {
    const { machine } = await machineOf({ transport: "auto" });
    machine.command(offerOf(next, 2, [key], { url: "http://127.0.0.1:1/" }));
    await advanceUntil(machine, () => machine.restarts.length > 0);
    expect(machine.sent.some(({ request }) => request === "block")).toBe(true);
  });

  it("does not use plain HTTP to another machine", async () => {
    const { machine } = await machineOf({ transport: "https" });
    machine.command(offerOf(next, 2, [key], { url: "http://192.0.2.1/image" }));
    await eventually(
      () => machine.errors.length > 0,
      () => "an error",
    );
    expect(machine.errors[0]?.message).toContain("not an HTTPS URL");
  });

  it("continues where it was after a restart of the device", async () => {
    const server = await startImageServer(next, [{ cutAfter: 200_000 }]);
    const { machine } = await machineOf({ transport: "https" });
    machine.command(offerOf(next, 2, [key], { url: server.url }));
    await eventually(
      () => machine.errors.length > 0,
      () => "an interrupted download",
    );
    await machine.boot();
    machine.connect();
    await restarted(machine);
    const [, resumed = ""] = server.ranges;
    const offset = Number(/\d+/.exec(resumed)?.[0]);
    expect(offset).toBeGreaterThanOrEqual(131_072);
    expect(offset).toBeLessThanOrEqual(200_000);
  });
});

describe("a download in blocks", () => {
  it("requests a block again that does not arrive, or is not the one", async () => {
    const { machine } = await machineOf();
    let requests = 0;
    machine.onBlockRequest((request) => {
      requests += 1;
      if (requests % 3 === 1) return undefined;
      if (requests % 3 === 2) return blockOf(next, { ...request, offset: 1 });
      return blockOf(next, request);
    });
    machine.command(offerOf(next, 2, [key]));
    await advanceUntil(machine, () => machine.restarts.length > 0);
  });

  it("starts over if a byte of a block changed on the way", async () => {
    const { machine } = await machineOf();
    let flips = 1;
    machine.onBlockRequest((request) => {
      const block = blockOf(next, request);
      if (flips-- > 0) block[block.length - 1] = block.at(-1)! ^ 1;
      return block;
    });
    machine.command(offerOf(next, 2, [key]));
    await advanceUntil(machine, () => machine.restarts.length > 0);
    expect(machine.states()).not.toContain("failed");
  });

  it("waits for a connection", async () => {
    const { machine } = await machineOf();
    let blocks = 0;
    machine.onBlockRequest((request) => {
      blocks += 1;
      if (blocks === 5) machine.disconnect();
      return blocks === 5 ? undefined : blockOf(next, request);
    });
    machine.command(offerOf(next, 2, [key]));
    await eventually(
      () => blocks === 5,
      () => "five blocks",
    );
    machine.clock.advance(15_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    machine.clock.advance(5_000);
    machine.connect();
    await advanceUntil(machine, () => machine.restarts.length > 0);
  });
});

describe("a new image that is not confirmed", () => {
  const onTrial = async (options: Options = {}) => {
    const made = await machineOf(options);
    made.machine.command(offerOf(next, 2, [key]));
    await restarted(made.machine);
    expect((await made.machine.boot()).isTrial).toBe(true);
    return made;
  };

  it("is reverted if the check of the application fails", async () => {
    const { machine } = await onTrial({ check: () => false });
    machine.connect();
    await restarted(machine, 2);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    expect(machine.connect()).toMatchObject({ reset: "revert", other: sha256(next) });
    expect(await machine.reported("failed")).toEqual({
      release: "r2",
      state: "failed",
      error: "reverted",
      message: "the check of the application has failed",
    });
    expect(machine.states()).not.toContain("confirmed");
  });

  it.each([
    ["does not connect", false, "no connection in time"],
    ["has a check that hangs", true, "the check of the application hangs"],
  ])("is reverted if it %s", async (_what, doesConnect, message) => {
    const { machine } = await onTrial({ check: () => new Promise<boolean>(() => {}) });
    if (doesConnect) machine.connect();
    machine.clock.advance(600_000);
    await restarted(machine, 2);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    machine.connect();
    expect(await machine.reported("failed")).toMatchObject({ error: "reverted", message });
  });

  it("is tried again if the old image could not connect either, at most three times", async () => {
    const { machine } = await onTrial();
    for (let outage = 1; outage <= 4; outage += 1) {
      machine.clock.advance(600_000);
      await restarted(machine, 2 * outage);
      expect((await machine.boot()).image.sha256).toBe(sha256(old));
      machine.clock.advance(120_000);
      machine.sent.length = 0;
      machine.onBlockRequest(() => expect.unreachable());
      machine.connect();
      if (outage === 4) break;
      await restarted(machine, 2 * outage + 1);
      expect(machine.states()).toEqual(["unavailable", "verified", "restarting"]);
      expect((await machine.boot()).isTrial).toBe(true);
    }
    expect(await machine.reported("failed")).toMatchObject({ error: "reverted" });
  });

  it("is confirmed after such an outage", async () => {
    const { machine } = await onTrial();
    machine.clock.advance(600_000);
    await restarted(machine, 2);
    await machine.boot();
    machine.clock.advance(120_000);
    machine.connect();
    await restarted(machine, 3);
    await machine.boot();
    machine.connect();
    await machine.reported("confirmed");
    expect(machine.states()).not.toContain("failed");
  });

  it("is reverted by the start program if it crashes at each start", async () => {
    const { disk, machine } = await machineOf();
    machine.command(offerOf(next, 2, [key]));
    await restarted(machine);
    machine.stop();
    for (let start = 0; start < 3; start += 1) {
      expect((await startSlot(disk)).image.sha256).toBe(sha256(next));
    }
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    machine.connect();
    expect(await machine.reported("failed")).toMatchObject({ error: "boot_failed" });
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
  });

  it("is reverted if it is damaged in the slot", async () => {
    const { disk, machine } = await machineOf();
    machine.command(offerOf(next, 2, [key]));
    await restarted(machine);
    machine.stop();
    disk.flip("b", 12_345);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    machine.connect();
    expect(await machine.reported("failed")).toMatchObject({ error: "boot_failed" });
  });

  it("takes no other update, and goes back on a rollback", async () => {
    const { machine } = await onTrial({ check: () => new Promise<boolean>(() => {}) });
    machine.command(offerOf(randomBytes(100), 3, [key]));
    machine.command({ command: "rollback", release: "r2" });
    await restarted(machine, 2);
    expect(machine.restarts).toEqual(["update", "rollback"]);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    machine.connect();
    expect(await machine.reported("failed")).toMatchObject({ error: "reverted" });
  });

  it("is tried three times in a release", async () => {
    const { machine } = await machineOf({ check: () => false });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      machine.command(offerOf(next, 2, [key]));
      await restarted(machine, 2 * attempt - 1);
      await machine.boot();
      machine.connect();
      await restarted(machine, 2 * attempt);
      await machine.boot();
      machine.connect();
    }
    machine.command(offerOf(next, 2, [key]));
    const failures = () => machine.states().filter((state) => state === "failed").length;
    await eventually(
      () => failures() === 4,
      () => `${failures()} failures`,
    );
    expect(machine.restarts).toHaveLength(6);
  });
});

describe("a rollback", () => {
  it("boots the other slot, and is confirmed on a healthy connection", async () => {
    const { machine } = await machineOf();
    await update(machine);
    machine.sent.length = 0;
    machine.command({ command: "rollback", release: "r2" });
    await restarted(machine, 2);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
    expect(machine.connect()).toMatchObject({ image: sha256(old), reset: "rollback" });
    await machine.reported("confirmed");
    expect(machine.states()).toEqual(["restarting", "confirmed"]);
  });

  it("that arrives twice does not return to the new image", async () => {
    const { machine } = await machineOf();
    await update(machine);
    machine.command({ command: "rollback", release: "r2" });
    await restarted(machine, 2);
    await machine.boot();
    machine.connect();
    machine.sent.length = 0;
    machine.command({ command: "rollback", release: "r2" });
    await machine.reported("confirmed");
    expect(machine.restarts).toHaveLength(2);
    expect((await machine.boot()).image.sha256).toBe(sha256(old));
  });

  it("of a release that has not installed the running image is refused", async () => {
    const { machine } = await machineOf();
    await update(machine);
    machine.command({ command: "rollback", release: "r1" });
    expect(await machine.reported("failed")).toMatchObject({ error: "not_supported" });
  });

  it("to a damaged image is refused", async () => {
    const { disk, machine } = await machineOf();
    await update(machine);
    disk.flip("a", 100);
    machine.command({ command: "rollback", release: "r2" });
    expect(await machine.reported("failed")).toMatchObject({ error: "not_supported" });
    expect((await machine.boot()).image.sha256).toBe(sha256(next));
  });

  it("before the restart cancels the update", async () => {
    const { machine } = await machineOf();
    machine.command(offerOf(next, 2, [key], { delay: 60_000 }));
    await machine.reported("accepted");
    machine.command({ command: "rollback", release: "r2" });
    expect(await machine.reported("failed")).toMatchObject({ error: "reverted" });
    machine.clock.advance(60_000);
    expect(machine.states()).toEqual(["accepted", "failed"]);
  });

  it("makes the update possible again, without a download", async () => {
    const { machine } = await machineOf();
    await update(machine);
    machine.command({ command: "rollback", release: "r2" });
    await restarted(machine, 2);
    await machine.boot();
    machine.connect();
    machine.onBlockRequest(() => expect.unreachable());
    machine.command(offerOf(next, 2, [key], { release: "r3" }));
    await restarted(machine, 3);
    expect((await machine.boot()).image.sha256).toBe(sha256(next));
  });
});

describe("a report", () => {
  it("of a result is sent after a lost connection and a restart, until the cloud has it", async () => {
    const { disk, machine } = await machineOf();
    machine.command(offerOf(next, 2, [key], { delay: 1_000 }));
    await machine.reported("accepted");
    machine.disconnect();
    machine.command({ ...offerOf(next, 3, [key]), manifest: undefined });
    const isStored = () =>
      (["state-0", "state-1"] as const).some((area) => disk.content(area).includes("unsigned"));
    await eventually(isStored, () => "the report is stored");
    await machine.boot();
    machine.connect();
    expect(await machine.reported("failed")).toMatchObject({ release: "r3", error: "unsigned" });
  });
});

describe("slots that fail", () => {
  it("fail the update with the reason", async () => {
    for (const [code, error] of [
      ["ENOSPC", "no_space"],
      ["EIO", "write_failed"],
    ]) {
      const { disk, machine } = await machineOf();
      const write = disk.write;
      disk.write = async (area, ...rest) => {
        if (area === "b") throw Object.assign(new Error("broken"), { code });
        await write(area, ...rest);
      };
      await machine.boot();
      machine.connect();
      machine.command(offerOf(next, 2, [key]));
      expect(await machine.reported("failed")).toMatchObject({ error, message: "broken" });
    }
  });
});
