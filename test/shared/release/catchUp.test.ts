import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Device } from "#shared/device/device.ts";
import type { FirmwareVersion } from "#shared/firmware/firmwareVersion.ts";
import { dayMs, minuteMs } from "#shared/platform/durations.ts";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { createCatchUp } from "#shared/release/catchUp.ts";
import type { ControllerDeps } from "#shared/release/controller/deps.ts";
import { runReleases } from "#shared/release/controller/runReleases.ts";
import { createKnownVersions } from "#shared/release/knownVersions.ts";
import { leftAloneMs } from "#shared/release/limits.ts";
import { deviceStatus } from "#shared/release/model/deviceStatus.ts";
import { automatic, type Fact } from "#shared/release/model/fact.ts";
import type { UpdateHello } from "#shared/release/model/observe.ts";
import type { Release } from "#shared/release/model/release.ts";
import { onHello, reportProgress } from "#shared/release/progress.ts";
import { createRecentReleases } from "#shared/release/recentReleases.ts";
import { readSituation } from "#shared/release/situation.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memoryFirmwareVersions } from "../../memory/firmware/firmwareVersions.ts";
import { memoryKeyDocuments } from "../../memory/firmware/keyDocuments.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";
import { memoryReleases } from "../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../memory/release/rows.ts";
import { anEnrolment, aRelease, newHash, oldHash, product } from "../../memory/release/samples.ts";
import { deviceId, fleet, someTime } from "../../memory/samples.ts";

const regions = ["us-east-1", "us-west-2"];
const oldHello: UpdateHello = { firmware: "1", image: oldHash, updates: true };
const newHello: UpdateHello = { firmware: "2", image: newHash, updates: true };
const aDevice = (given: Partial<Device> = {}): Device => ({
  ...{ id: deviceId, fleet, product, createdAt: "2026-01-01T00:00:00.000Z" },
  ...given,
});

const aVersion = (given: Partial<FirmwareVersion> = {}): FirmwareVersion => ({
  ...{ product, version: 2, title: "", description: "", mandatory: false, name: "a.bin" },
  ...{ size: 100_000, sha256: newHash, uploadedBy: "ada", uploadedAt: someTime - dayMs },
  ...{ releasedAt: someTime, defaultAt: someTime, groups: {}, revision: 1 },
  ...given,
});

/** A product with versions that were assigned at `someTime`; the devices say hello a day later. */
const world = async (versions: readonly FirmwareVersion[] = [aVersion()]) => {
  const clock = { ms: someTime + dayMs };
  const now = () => clock.ms;
  const firmware = memoryFirmwareVersions();
  for (const one of versions) await firmware.add(one);
  const releases = memoryReleases();
  const facts = memoryReleaseFacts();
  const enrolments = memoryEnrolments();
  const progressRows = memoryProgressRows().rows;
  const paceRows = memoryPaceRows().rows;
  const sessions = memorySessions();
  const offered: string[] = [];
  const reads = {
    list: vi.fn(firmware.list),
    page: vi.fn(releases.page),
    facts: vi.fn(facts.list),
  };
  const find = vi.fn(enrolments.find);
  const regionOf = (region: string) => {
    const known = createKnownVersions({ versions: { list: reads.list }, now });
    const deps = {
      active: createActiveReleases({ releases, now }),
      facts: { ...facts, list: reads.facts },
      enrolments: { ...enrolments, find },
      progress: memoryProgressRows(region, progressRows),
      pace: memoryPaceRows(region, paceRows),
      released: async (of: number, since?: number) => (await known(of, since)).released,
      ...{ region, regions, releases, known, now },
      versions: firmware,
      keyDocuments: memoryKeyDocuments(),
      recent: createRecentReleases({ releases: { page: reads.page }, now }),
    };
    return { deps, catchUp: createCatchUp(deps) };
  };
  const all = new Map(regions.map((region) => [region, regionOf(region)]));
  const here = all.get("us-east-1")!;
  /** What the function `updates` does at a hello. */
  const hello = async (device = aDevice(), said = oldHello, region = "us-east-1") => {
    const { deps, catchUp } = all.get(region)!;
    const received = { hello: said, connection: "c1", at: now() };
    const action = await onHello(device, received, deps);
    if (action.kind === "nothing") await catchUp(device, received);
    return action;
  };
  const controller = (): ControllerDeps => ({
    ...here.deps,
    facts,
    enrolments,
    devices: memoryDevices([aDevice()]),
    sessions,
    quarantined: async () => new Set(),
    evidence: {
      profiles: async () => new Map(),
      calls: async () => ({ ok: 0, failed: 0 }),
      hasWorseVitals: async () => undefined,
    },
    link: {
      async sendOffer(device, { version }) {
        offered.push(`${device} ${version}`);
        return "confirmed";
      },
      sendRollback: async () => "confirmed",
      sendCancel: async () => "confirmed",
    },
    notices: { page: () => {}, halted: async () => {} },
    releaseFormer: async () => "former",
    imageRefusal: async () => undefined,
    copyImage: async () => {},
    regions: ["us-east-1"],
    responds: async () => true,
    onError: (what, error) => expect.unreachable(`${what}: ${error}`),
  });
  const late = () => [...releases.table.all.values()].filter(({ kind }) => kind === "catch_up");
  return {
    ...{ clock, releases, facts, enrolments, reads, find, hello, late, offered, sessions, here },
    run: () => runReleases(now() + minuteMs, controller()),
    pass: (ms = leftAloneMs) => {
      clock.ms += ms;
    },
    async add(given: Partial<Release>, what: readonly Partial<Fact>[] = []) {
      const release = aRelease({ id: `earlier-${given.version ?? 2}`, ...given });
      await releases.add(release);
      await releases.end(release);
      const row = { release: release.id, region: "us-east-1", at: someTime + 1, by: automatic };
      for (const one of what) await facts.add({ ...row, ...one } as Fact);
      return release;
    },
    async state(device = deviceId) {
      const [release] = late();
      const found = release && (await readSituation(release, device, here.deps));
      return found && deviceStatus(found);
    },
    isActive: () => releases.table.active.size > 0,
    enrolled: () => late().flatMap(({ id }) => [...(enrolments.rows.get(id)?.keys() ?? [])]),
  };
};

describe("a device that comes after the release of its version", () => {
  it("is enrolled at its hello, offered the version by the next run, and accounted for", async () => {
    const { hello, late, run, offered, sessions, state, here, pass, isActive, clock } =
      await world();
    await hello();
    expect(late()).toMatchObject([{ kind: "catch_up", version: 2, to: { all: true } }]);
    expect(await state()).toMatchObject({ state: "waiting" });
    await sessions.put({
      ...{ device: deviceId, region: "us-east-1", connected: true, since: someTime, at: someTime },
      ...{ id: "s", helloAt: clock.ms, revision: 1 },
    });
    await run();
    expect(offered).toEqual([`${deviceId} 2`]);
    const [{ id: release }] = late() as [Release];
    await reportProgress(aDevice(), { release, state: "accepted" }, clock.ms + 1, here.deps);
    pass(minuteMs);
    await hello(aDevice(), newHello);
    expect(await state()).toMatchObject({ state: "downloading", why: "observed" });
    for (let minutes = 0; minutes < 90; minutes += 1) {
      pass(minuteMs);
      await run();
    }
    expect(await state()).toMatchObject({ state: "installed" });
    expect(isActive()).toBe(false);
    expect(offered).toHaveLength(1);
  });

  it.each<[string, Partial<Device>, readonly FirmwareVersion[], number | undefined]>([
    ["the default", {}, [aVersion()], 2],
    [
      "the highest of its groups",
      { groups: ["a", "b"] },
      [
        aVersion({ version: 3, sha256: "c".repeat(64), groups: { a: someTime } }),
        aVersion({ groups: { b: someTime + 5 } }),
      ],
      3,
    ],
    ["the version of its lock", { desiredFirmware: 2 }, [aVersion({ defaultAt: undefined })], 2],
    ["none, for development", { development: true }, [aVersion()], undefined],
    ["none, if nothing is assigned", {}, [aVersion({ defaultAt: undefined })], undefined],
    [
      "none, for a lock to a version that was never released",
      { desiredFirmware: 2 },
      [aVersion({ releasedAt: undefined, defaultAt: undefined })],
      undefined,
    ],
  ])("gets %s", async (_, device, versions, expected) => {
    const { hello, late } = await world(versions);
    await hello(aDevice(device));
    expect(late()[0]?.version).toBe(expected);
  });

  it.each<[string, UpdateHello]>([
    ["runs it", newHello],
    ["takes no updates", { ...oldHello, updates: false }],
    ["does not say that it takes updates", { firmware: "1", image: oldHash }],
    ["does not say what it runs", { updates: true }],
  ])("is skipped if it %s, without a read beyond the copy of its versions", async (_, said) => {
    const { hello, late, reads, find } = await world();
    for (let n = 0; n < 20; n += 1) await hello(aDevice(), said);
    expect(late()).toEqual([]);
    expect(reads.list).toHaveBeenCalledTimes(1);
    expect([reads.page, reads.facts, find].map((one) => one.mock.calls.length)).toEqual([0, 0, 0]);
  });

  it("is skipped, with few reads, if it has failed with the version", async () => {
    const { hello, late, add, here, enrolments, reads } = await world();
    const release = await add({ kind: "particle" });
    await enrolments.put([anEnrolment({ release: release.id })]);
    const failed = { failures: [{ at: someTime + 2, error: "boot_failed" as const }] };
    const row = { release: release.id, device: deviceId, region: "us-east-1", revision: 1 };
    await here.deps.progress.put({ ...row, offers: [someTime + 1], ...failed });
    for (let n = 0; n < 50; n += 1) await hello();
    expect(late()).toEqual([]);
    expect(reads.page).toHaveBeenCalledTimes(1);
    expect(reads.facts.mock.calls.length).toBeLessThan(5);
  });

  const halted = { kind: "halted", halt: "h" } as const;

  it.each<[string, readonly Partial<Fact>[]]>([
    ["halted", [halted]],
    ["cancelled", [{ kind: "cancelled" }]],
    ["rolled back", [{ kind: "rollback" }, { kind: "rolled_back" }]],
    ["halted, and superseded", [halted, { kind: "superseded" }]],
  ])("never gets a version that was %s since it was assigned", async (_, what) => {
    const { hello, late, add, pass } = await world();
    await add({}, what);
    await hello();
    pass();
    await hello();
    expect(late()).toEqual([]);
  });

  it("gets a version that a person has assigned again after a release of it was cancelled", async () => {
    const { hello, late, add } = await world();
    await add({}, [{ kind: "cancelled", at: someTime - 1 }]);
    await hello();
    expect(late()).toHaveLength(1);
  });

  it("keeps what a person has released to it since, by a release of our API", async () => {
    const { hello, late, add, pass } = await world();
    const sha256 = "d".repeat(64);
    await add({ version: 1, image: { sha256: oldHash, size: 1 }, createdAt: someTime - 1 });
    await add({ version: 4, image: { sha256, size: 1 }, createdAt: someTime + 1 });
    await hello(aDevice(), { ...oldHello, image: sha256 });
    expect(late()).toEqual([]);
    pass();
    await hello();
    expect(late()).toHaveLength(1);
  });

  it("is left to an active release that has it, or is collecting its devices", async () => {
    const { hello, late, releases, enrolments, facts, pass } = await world();
    const other = aRelease({ id: "other", version: 5, createdAt: someTime + 1 });
    await releases.add(other);
    await hello();
    expect(late()).toEqual([]);
    await enrolments.put([anEnrolment({ release: "other" })]);
    const row = { release: "other", region: "us-east-1", at: someTime };
    await facts.add({ ...row, kind: "enrolled", targeted: 1, places: {} });
    pass();
    await hello();
    expect(late()).toEqual([]);
  });

  it("leaves the release for late devices when a person's release has it", async () => {
    const { hello, releases, enrolments, facts, pass, state } = await world();
    await hello();
    await releases.add(aRelease({ id: "other", version: 5, createdAt: someTime + 1 }));
    await enrolments.put([anEnrolment({ release: "other" })]);
    const row = { release: "other", region: "us-east-1", at: someTime };
    await facts.add({ ...row, kind: "enrolled", targeted: 1, places: {} });
    pass();
    await hello();
    expect(await state()).toEqual({ state: "excluded", why: "superseded" });
  });

  it("waits in a release that has halted, and another one is not enrolled", async () => {
    const { hello, late, facts, enrolled, state, clock } = await world();
    await hello();
    const row = { release: late()[0]!.id, region: "us-east-1", at: clock.ms, by: automatic };
    await facts.add({ ...row, ...halted });
    await hello(aDevice({ id: "f".repeat(24) }));
    expect(enrolled()).toEqual([deviceId]);
    expect(await state()).toMatchObject({ state: "held", why: "halted" });
  });

  it("is enrolled again by its next hello if the release ended at the same time", async () => {
    const { hello, late, releases, pass, isActive } = await world();
    await hello();
    await releases.end(late()[0]!);
    pass();
    await hello();
    expect(isActive()).toBe(true);
    expect(late()).toHaveLength(1);
  });
});

it("hellos in any order, region and number lead to the same rows, and to one enrolment each", async () => {
  const hellos = fc.array(
    fc.record({ n: fc.integer({ min: 1, max: 4 }), region: fc.constantFrom(...regions) }),
    { minLength: 1, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(hellos, async (given) => {
      const { hello, late, enrolled, pass, facts } = await world();
      for (const { n, region } of given) {
        await hello(aDevice({ id: String(n).padStart(24, "0") }), oldHello, region);
        pass(1_000);
      }
      const [first, ...others] = late();
      const start = { createdAt: someTime, region: "us-east-1", createdBy: automatic };
      expect(first).toMatchObject({ id: expect.stringContaining("late2"), ...start });
      expect(others).toEqual([]);
      const ids = given.map(({ n }) => String(n).padStart(24, "0"));
      expect(enrolled().toSorted()).toEqual([...new Set(ids)].toSorted());
      const kinds = [...(facts.rows.get(first!.id)?.values() ?? [])].map(({ kind }) => kind);
      expect(new Set(kinds)).toEqual(new Set(["wave", "enrolled"]));
    }),
    { numRuns: 30 },
  );
});
