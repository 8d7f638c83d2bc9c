import { describe, expect, it } from "vitest";
import { createActiveReleases } from "#shared/release/activeReleases.ts";
import { answerMs, offerLeaseMs } from "#shared/release/limits.ts";
import { deviceStatus } from "#shared/release/model/deviceStatus.ts";
import type { Enrolment } from "#shared/release/model/enrolment.ts";
import type { UpdateHello } from "#shared/release/model/observe.ts";
import type { Release } from "#shared/release/model/release.ts";
import type { UpdateReport } from "#shared/release/model/updateReport.ts";
import {
  completeOffer,
  offerNow,
  onHello,
  onRequest,
  type ProgressDeps,
  reportProgress,
  type UpdatableDevice,
} from "#shared/release/progress.ts";
import { readSituation } from "#shared/release/situation.ts";
import type { ReleasedVersion } from "#shared/release/targetVersion.ts";
import { memoryReleases } from "../../memory/release/releases.ts";
import {
  memoryEnrolments,
  memoryPaceRows,
  memoryProgressRows,
  memoryReleaseFacts,
} from "../../memory/release/rows.ts";
import {
  aHalt,
  anEnrolment,
  aPace,
  aRelease,
  aResume,
  newHash,
  oldHash,
  openFacts,
  product,
} from "../../memory/release/samples.ts";
import { deviceId, someTime } from "../../memory/samples.ts";

const region = "us-east-1";
const oldHello: UpdateHello = { firmware: "1", image: oldHash };

const world = async (
  given: { release?: Partial<Release>; allowed?: number; enrolment?: Partial<Enrolment> } = {},
) => {
  let now = someTime;
  const assigned: ReleasedVersion[] = [];
  const releases = memoryReleases();
  const facts = memoryReleaseFacts();
  const enrolments = memoryEnrolments();
  const pace = memoryPaceRows(region);
  const progress = memoryProgressRows(region);
  const release = aRelease(given.release);
  await releases.add(release);
  for (const one of openFacts()) await facts.add(one);
  await enrolments.put([anEnrolment(given.enrolment)]);
  await pace.put(aPace({ allowed: given.allowed ?? 5 }));
  const clock = () => now;
  const deps: ProgressDeps = {
    active: createActiveReleases({ releases, now: clock }),
    facts,
    enrolments,
    pace,
    progress,
    released: async () => assigned,
    region,
    now: clock,
  };
  const device: UpdatableDevice = { id: deviceId, product };
  const hello = (connection: string, said = oldHello, who = device) =>
    onHello(who, { hello: said, connection, at: clock() }, deps);
  const report = (said: Omit<UpdateReport, "release"> & { state: UpdateReport["state"] }) =>
    reportProgress(device, { release: release.id, ...said } as UpdateReport, clock(), deps);
  return {
    release,
    releases,
    deps,
    assigned,
    device,
    facts,
    pace,
    progress,
    hello,
    report,
    pass: (ms: number) => {
      now += ms;
    },
    sent: (connection: string, result: "confirmed" | "offline" = "confirmed") =>
      completeOffer(device, release, { result, connection }, deps),
    async state() {
      const found = await readSituation(release, deviceId, deps);
      return found && deviceStatus(found);
    },
    admitted: async () => (await pace.find(release.id))?.admitted.map(({ device: id }) => id),
  };
};

it("a report about a release that has just begun is recorded", async () => {
  const { releases, release, deps, hello, sent, report, state } = await world();
  await hello("c1");
  await sent("c1");
  // The worker that gets the report has read the releases before this one began.
  const known: Release[] = [];
  const active = createActiveReleases({
    releases: { ...releases, active: async () => known.map(({ id }) => ({ product, id })) },
    now: deps.now,
  });
  expect(await active(product)).toEqual([]);
  known.push(release);
  Object.assign(deps, { active });
  expect(await report({ state: "accepted" })).toMatchObject({ release });
  expect(await state()).toMatchObject({ state: "downloading" });
});

describe("a hello of a device with an open release", () => {
  it("is answered by the offer, once per connection", async () => {
    const { hello, sent, pass, admitted } = await world();
    expect(await hello("c1")).toMatchObject({ kind: "offer" });
    expect(await admitted()).toEqual([deviceId]);
    expect(await hello("c1")).toEqual({ kind: "nothing" });
    await sent("c1");
    pass(offerLeaseMs * 10);
    expect(await hello("c1")).toEqual({ kind: "nothing" });
    expect(await hello("c2")).toMatchObject({ kind: "offer" });
  });

  it("is answered by the offer again after the lease of a worker that crashed", async () => {
    const { hello, pass } = await world();
    await hello("c1");
    pass(offerLeaseMs);
    expect(await hello("c1")).toMatchObject({ kind: "offer" });
  });

  it("gets nothing while the window is full, and frees its slot when it is not reachable", async () => {
    const full = await world({ allowed: 0 });
    expect(await full.hello("c1")).toEqual({ kind: "nothing" });
    const { hello, sent, admitted, state } = await world();
    await hello("c1");
    await sent("c1", "offline");
    expect(await admitted()).toEqual([]);
    expect(await state()).toEqual({ state: "waiting", why: "not_offered" });
    expect(await hello("c2")).toMatchObject({ kind: "offer" });
  });

  it("shows that the device runs the version", async () => {
    const { hello, state } = await world();
    expect(await hello("c1", { firmware: "2", image: newHash })).toEqual({ kind: "nothing" });
    expect(await state()).toEqual({ state: "current" });
  });

  it("is not believed a version with the hash of another image", async () => {
    const { hello } = await world();
    expect(await hello("c1", { firmware: "2", image: oldHash })).toMatchObject({ kind: "offer" });
  });

  it("excludes a device that was locked or marked for development since", async () => {
    const { hello, device, state } = await world();
    expect(await hello("c1", oldHello, { ...device, development: true })).toEqual({
      kind: "nothing",
    });
    expect(await state()).toEqual({ state: "excluded", why: "development" });
    expect(await hello("c2")).toMatchObject({ kind: "offer" });
  });

  it("is not offered a version that is not the highest one of its groups, whatever came last", async () => {
    const { hello, device, state, assigned } = await world({
      release: { kind: "particle", to: { groups: ["a"] } },
      enrolment: { excluded: "other_version" },
    });
    const released = { released: true, isDefault: false };
    assigned.push({ ...released, version: 2, groups: ["a"] });
    assigned.push({ ...released, version: 3, groups: ["b"] });
    const inBoth = { ...device, groups: ["a", "b"] };
    expect(await hello("c1", oldHello, inBoth)).toEqual({ kind: "nothing" });
    expect(await state()).toEqual({ state: "excluded", why: "other_version" });
    // It has left the group of the higher version.
    expect(await hello("c2", oldHello, { ...device, groups: ["a"] })).toMatchObject({
      kind: "offer",
    });
  });

  it("is not offered a version when one of its groups has a higher one by now", async () => {
    const { hello, device, state, assigned } = await world({
      release: { kind: "particle", to: { groups: ["a"] } },
    });
    const released = { released: true, isDefault: false };
    assigned.push({ ...released, version: 2, groups: ["a"] });
    assigned.push({ ...released, version: 3, groups: ["b"] });
    const inBoth = { ...device, groups: ["a", "b"] };
    expect(await hello("c1", { firmware: "3", image: "c".repeat(64) }, inBoth)).toEqual({
      kind: "nothing",
    });
    expect(await state()).toEqual({ state: "excluded", why: "other_version" });
  });

  it("is answered by a rollback, if the device can boot its former image", async () => {
    const { hello, sent, report, facts } = await world({ release: { rollback: "slot" } });
    await hello("c1");
    await sent("c1");
    await report({ state: "accepted" });
    await report({ state: "restarting" });
    const back = { firmware: "2", image: newHash, slots: 2, other: oldHash };
    expect(await hello("c2", back)).toEqual({ kind: "nothing" });
    const by = { release: "release-1", region, at: someTime, by: "godwit" };
    await facts.add({ ...by, kind: "rollback" });
    expect(await hello("c3", { ...back, other: "c".repeat(64) })).toEqual({ kind: "nothing" });
    expect(await hello("c3", { ...back, slots: 1 })).toEqual({ kind: "nothing" });
    expect(await hello("c3", back)).toMatchObject({ kind: "rollback" });
    expect(await hello("c3", back)).toEqual({ kind: "nothing" });
    expect(await hello("c4", back)).toMatchObject({ kind: "rollback" });
  });

  it("shows that the device was rolled back", async () => {
    const { hello, sent, report, facts, state, pass } = await world();
    await hello("c1");
    await sent("c1");
    await report({ state: "accepted" });
    pass(1_000);
    await hello("c2", { firmware: "2", image: newHash });
    await facts.add({ release: "release-1", region, at: someTime, by: "godwit", kind: "rollback" });
    pass(1_000);
    await hello("c3");
    expect(await state()).toMatchObject({ state: "failed", why: "rolled_back" });
  });

  it("gets nothing of a release for other devices, and nothing without a product", async () => {
    const { hello, device } = await world();
    expect(await hello("c1", oldHello, { ...device, id: "f".repeat(24) })).toEqual({
      kind: "nothing",
    });
    expect(await hello("c1", oldHello, { id: deviceId })).toEqual({ kind: "nothing" });
  });
});

describe("a device that works on an update and connects to another region", () => {
  const lost = "eu-west-1";

  /** The other region has offered it the update, and it has accepted. */
  const moved = async (allowed: number) => {
    const known = await world({ allowed });
    const connection = `${lost} s1 1`;
    const row = { release: "release-1", device: deviceId, region: lost, revision: 1 };
    const at = someTime - 1_000;
    const offered = { offers: [at], offered: { at, connection } };
    const said = { reserved: { at, connection }, accepted: { at: someTime } };
    known.progress.rows.set(
      "release-1",
      new Map([[`${deviceId}#${lost}`, { ...row, ...offered, ...said }]]),
    );
    known.pass(1_000);
    return known;
  };

  it("is offered it there at once, without another slot, and once", async () => {
    const { hello, sent, admitted, state } = await moved(0);
    expect(await hello(`${region} s2 1`)).toMatchObject({ kind: "offer" });
    await sent(`${region} s2 1`);
    expect(await admitted()).toEqual([]);
    expect(await state()).toMatchObject({ state: "downloading" });
    expect(await hello(`${region} s2 1`)).toEqual({ kind: "nothing" });
    expect(await hello(`${region} s3 1`)).toEqual({ kind: "nothing" });
  });

  it("is offered nothing if it is only on a new connection in its region", async () => {
    const { hello } = await moved(5);
    expect(await hello(`${lost} s2 1`)).toEqual({ kind: "nothing" });
  });
});

describe("a halt", () => {
  it("cancels an update that has not restarted yet, and a resume offers it again", async () => {
    const { hello, sent, report, facts, device, deps, state, pass } = await world();
    await hello("c1");
    await sent("c1");
    await report({ state: "accepted" });
    await facts.add(aHalt());
    expect(await report({ state: "downloading", offset: 1 } as never)).toMatchObject({
      action: { kind: "cancel" },
    });
    expect(await onRequest(device, "release-1", deps)).toMatchObject({ kind: "cancel" });
    pass(1_000);
    expect(await hello("c2")).toMatchObject({ kind: "cancel" });
    expect(await state()).toEqual({ state: "held", why: "halted" });
    await facts.add(aResume());
    pass(1_000);
    expect(await hello("c3")).toMatchObject({ kind: "offer" });
  });
});

describe("a report of a device", () => {
  it("tells what it has changed", async () => {
    const { hello, sent, report } = await world();
    await hello("c1");
    await sent("c1");
    expect(await report({ state: "accepted" })).toMatchObject({
      before: { state: "waiting" },
      after: { state: "downloading" },
      action: { kind: "nothing" },
    });
    // A repetition changes nothing.
    expect(await report({ state: "accepted" })).toMatchObject({
      before: { state: "downloading" },
      after: { state: "downloading" },
    });
  });

  it.each([
    ["whose wave is not open", { wave: 1 }, { state: "held", why: "wave" }],
    ["that was not offered the release", {}, { state: "waiting", why: "not_offered" }],
  ])("%s changes nothing, and it gets no image", async (_, enrolment, before) => {
    const { deps, device, release, report, state, admitted } = await world({ enrolment });
    for (const said of [
      { state: "accepted" },
      { state: "downloading", offset: 1 },
      { state: "verified" },
      { state: "restarting" },
      { state: "confirmed" },
      { state: "vetoed" },
      { state: "deferred" },
      { state: "unavailable" },
      { state: "failed", error: "other" },
    ] as const) {
      expect(await report(said)).toBeUndefined();
    }
    expect(await state()).toEqual(before);
    expect(await onRequest(device, release.id, deps)).toMatchObject({ kind: "cancel" });
    expect(await admitted()).toEqual([]);
  });

  it("that was not sent its offer changes nothing", async () => {
    const { hello, sent, report, deps, device, release } = await world();
    await hello("c1");
    await sent("c1", "offline");
    expect(await report({ state: "accepted" })).toBeUndefined();
    expect(await onRequest(device, release.id, deps)).toMatchObject({ kind: "cancel" });
  });

  it("that begins after it has deferred needs a slot, and otherwise stops and is offered it later", async () => {
    const { hello, sent, report, pace, deps, device, release, state, pass } = await world({
      allowed: 1,
    });
    await hello("c1");
    await sent("c1");
    await report({ state: "deferred", until: someTime + 60_000 } as never);
    const other = { device: "f".repeat(24), at: someTime };
    await pace.put(aPace({ allowed: 1, admitted: [other], revision: 3 }));
    pass(60_000);
    expect(await onRequest(device, release.id, deps)).toMatchObject({ kind: "cancel" });
    expect(await report({ state: "accepted" })).toMatchObject({ action: { kind: "cancel" } });
    expect(await state()).toMatchObject({ state: "waiting" });
    expect(await hello("c1")).toEqual({ kind: "nothing" });
    await pace.put(aPace({ allowed: 1, revision: 4 }));
    pass(offerLeaseMs);
    expect(await hello("c1")).toMatchObject({ kind: "offer" });
  });

  it("that answers its offer after ten minutes needs a slot", async () => {
    const { hello, sent, report, pace, pass, admitted } = await world({ allowed: 1 });
    await hello("c1");
    await sent("c1");
    pass(answerMs);
    await pace.put(aPace({ allowed: 1, admitted: [], revision: 3 }));
    expect(await report({ state: "accepted" })).toMatchObject({ action: { kind: "nothing" } });
    expect(await admitted()).toEqual([deviceId]);
  });

  it("about another release, or of another device, changes nothing", async () => {
    const { deps, device } = await world();
    const accepted: UpdateReport = { release: "release-2", state: "accepted" };
    expect(await reportProgress(device, accepted, someTime, deps)).toBeUndefined();
    const other = { id: "f".repeat(24), product };
    const own: UpdateReport = { release: "release-1", state: "accepted" };
    expect(await reportProgress(other, own, someTime, deps)).toBeUndefined();
  });
});

it("a connected device is offered a release that has just begun, once", async () => {
  const { deps, release, sent } = await world();
  const offer = async () => {
    const found = await readSituation(release, deviceId, deps);
    return found && offerNow(found, "c1", deps);
  };
  expect(await offer()).toMatchObject({ kind: "offer" });
  await sent("c1");
  expect(await offer()).toEqual({ kind: "nothing" });
});
