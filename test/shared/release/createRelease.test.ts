import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import type { Device } from "#shared/device/device.ts";
import type { FirmwareVersion } from "#shared/firmware/firmwareVersion.ts";
import { readInput } from "#shared/input/readInput.ts";
import { createRelease } from "#shared/release/createRelease.ts";
import { decideRelease } from "#shared/release/decideRelease.ts";
import { unfinishedReleasesMax } from "#shared/release/limits.ts";
import { automatic } from "#shared/release/model/fact.ts";
import { foldFacts } from "#shared/release/model/releaseStatus.ts";
import { planRelease } from "#shared/release/planRelease.ts";
import { releaseChoice, releaseInput } from "#shared/release/releaseInput.ts";
import { releaseToAssigned, requireAssignable } from "#shared/release/releaseToAssigned.ts";
import { memoryDevices } from "../../memory/device/devices.ts";
import { memorySessions } from "../../memory/presence/sessions.ts";
import { memoryReleases } from "../../memory/release/releases.ts";
import { memoryEnrolments, memoryReleaseFacts } from "../../memory/release/rows.ts";
import { aRelease, newHash, oldHash, product } from "../../memory/release/samples.ts";
import { fleet, someTime } from "../../memory/samples.ts";

const id = (number: number): string => number.toString(16).padStart(24, "0");
const schema = z.object(releaseInput);
const choiceOf = (given: object) => releaseChoice(readInput(schema, given));

const aVersion = (version: number): FirmwareVersion => ({
  product,
  version,
  title: "t",
  description: "",
  mandatory: false,
  name: "f.bin",
  size: 100,
  sha256: version === 1 ? oldHash : newHash,
  uploadedBy: "ada",
  uploadedAt: someTime,
  groups: {},
  revision: 1,
});

const world = () => {
  const groups = [["a"], ["a", "b"], ["b"], undefined];
  const devices = groups.map(
    (own, i): Device => ({
      id: id(i),
      fleet,
      product,
      createdAt: "2026-01-01T00:00:00.000Z",
      ...(own && { groups: own }),
    }),
  );
  const versions = new Map([1, 2, 3].map((version) => [version, aVersion(version)]));
  let now = someTime;
  const deps = {
    releases: memoryReleases(),
    facts: memoryReleaseFacts(),
    enrolments: memoryEnrolments(),
    devices: memoryDevices(devices),
    sessions: memorySessions(),
    keyDocuments: { list: async () => [] },
    versions: {
      find: async (_: number, version: number) => versions.get(version),
      list: async () => [...versions.values()],
      replace: async (version: FirmwareVersion) => {
        versions.set(version.version, version);
        return version;
      },
      add: async () => {},
      remove: async () => {},
    },
    region: "us-east-1",
    now: () => {
      now += 1;
      return now;
    },
  };
  const of = { product: { id: product, fleet }, by: "ada" };
  return {
    deps,
    of,
    versions,
    create: (given: object) => createRelease(choiceOf(given), of, deps),
    plan: (given: object) => planRelease(choiceOf(given), of, deps),
    assign: (version: number, groups_: string[], productDefault = false) =>
      releaseToAssigned({ version, productDefault, groups: groups_, immediate: true }, of, deps),
    phase: async (release: string) => foldFacts(await deps.facts.list(release)).phase,
  };
};

describe("a new release", () => {
  it("is active, and its version counts as released", async () => {
    const { create, deps, versions } = world();
    const release = await create({ version: 2, to: { all: true } });
    expect(await deps.releases.active(product)).toEqual([{ product, id: release.id }]);
    expect(versions.get(2)?.releasedAt).toBeDefined();
    expect(release).toMatchObject({ kind: "release", waves: [{ percent: 100, soakMs: 0 }] });
  });

  it.each([
    [
      "of a version that does not exist",
      { version: 9, to: { all: true } },
      /no firmware version 9/,
    ],
    ["for a group without devices", { version: 2, to: { groups: ["c"] } }, /no device .* is in c/],
    ["for devices of another product", { version: 2, to: { devices: [id(99)] } }, /not in the/],
    [
      "to a former version that does not exist",
      { version: 2, to: { all: true }, rollback: "version", rollback_version: 9 },
      /version 9/,
    ],
  ])("%s is refused", async (_, given, message) => {
    const { create, plan, deps } = world();
    await expect(create(given)).rejects.toThrow(message);
    await expect(plan(given)).rejects.toThrow(message);
    expect(await deps.releases.active()).toEqual([]);
  });

  it.each([
    [{ waves: [{ percent: 50 }] }, /the last one ends at 50 %/],
    [{ waves: [{ percent: 50 }, { percent: 20 }, { percent: 100 }] }, /waves.1.percent: .* 50 %/],
    [{ waves: [] }, /waves/],
    [{ waves: [{ percent: 0 }] }, /waves.0.percent/],
    [{ waves: [{ precent: 100 }] }, /precent: is an unknown field; did you mean waves.0.percent/],
    [{ to: { groups: [] } }, /to.groups/],
    [{ to: { groups: ["x".repeat(2_000)] } }, /^to.groups.0: must have at most 64 characters$/],
    [{ waves: [{ groups: ["Beta"] }] }, /waves.0.groups.0: must be lowercase letters/],
    [{ to: { all: false } }, /to/],
    [{ window: { from: "24:00", to: "06:00" } }, /window.from: must be a time of the day/],
    [{ rollback: "version" }, /rollback_version: is missing/],
    [{ rollback_version: 1 }, /rollback_version: needs/],
    [{ rollback: "slot", rollback_version: 2 }, /must be another version/],
    [{ version: "x" }, /version: must be a whole number/],
    [{ failures: { count: 0 } }, /failures.count/],
  ])("with %o has a clear answer", (given, message) => {
    expect(() => choiceOf({ version: 2, to: { all: true }, ...given })).toThrow(message);
  });

  it("is refused while another one has the same devices, and names it", async () => {
    const { create, deps } = world();
    const first = await create({ version: 2, to: { groups: ["a"] } });
    await expect(create({ version: 3, to: { devices: [id(1)] } })).rejects.toMatchObject({
      code: "conflict",
      details: { release: first.id },
    });
    await create({ version: 3, to: { devices: [id(3)] } });
    const who = { by: "ada" };
    await decideRelease({ product, id: first.id }, "cancel", who, deps);
    await create({ version: 3, to: { groups: ["a"] } });
  });

  it("is refused while the product has as many unfinished ones as it may have", async () => {
    const { create, deps } = world();
    for (let i = 0; i < unfinishedReleasesMax; i += 1) {
      await deps.releases.add(aRelease({ id: `r${i}`, to: { devices: [id(100 + i)] } }));
    }
    const given = { version: 2, to: { all: true } };
    await expect(create(given)).rejects.toMatchObject({ code: "limit_reached" });
  });

  it("keeps the version that it goes back to: it cannot be deleted any more", async () => {
    const { create, versions } = world();
    await create({ version: 2, to: { all: true }, rollback: "version", rollback_version: 1 });
    expect([1, 2, 3].map((one) => versions.get(one)?.releasedAt !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("is one of several requests at the same time for the same devices", async () => {
    const { create, deps, phase } = world();
    const wanted = [
      { version: 2, to: { groups: ["a"] } },
      { version: 3, to: { groups: ["a"] } },
      { version: 3, to: { devices: [id(0)] } },
      { version: 3, to: { all: true } },
    ];
    const results = await Promise.allSettled(wanted.map(create));
    const made = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(made).toHaveLength(1);
    for (const each of results.filter(({ status }) => status === "rejected")) {
      expect(each).toMatchObject({ reason: { code: "conflict" } });
    }
    const all = (await deps.releases.page(product, { limit: 9 })).releases;
    const open: string[] = [];
    for (const one of all) if ((await phase(one.id)) === "enrolling") open.push(one.id);
    expect(open).toEqual([made[0]?.id]);
  });

  it("does not disturb another one at the same time for other devices", async () => {
    const { create } = world();
    const wanted = [id(0), id(1), id(2), id(3)].map((one) => ({
      version: 2,
      to: { devices: [one] },
    }));
    expect(new Set((await Promise.all(wanted.map(create))).map((one) => one.id)).size).toBe(4);
  });

  it("can be planned: whom each wave reaches", async () => {
    const { plan, deps } = world();
    const waves = [{ devices: [id(3)] }, { groups: ["a"] }];
    const found = await plan({ version: 2, to: { all: true }, waves });
    expect(found).toMatchObject({
      targeted: 4,
      waves: [
        { count: 1, ids: [id(3)] },
        { count: 2, ids: [id(0), id(1)] },
      ],
      notReached: 1,
      current: 0,
      conflicts: [],
    });
    expect(await deps.releases.active()).toEqual([]);
  });
});

describe("a decision about a release", () => {
  it("halts, resumes and cancels, each once, and says when it is not possible", async () => {
    const { create, deps, phase } = world();
    const key = await create({ version: 2, to: { all: true } });
    const decide = (what: "halt" | "resume" | "cancel" | "rollback") =>
      decideRelease(key, what, { by: "ada" }, deps);
    await expect(decide("resume")).rejects.toThrow(/cannot be resumed/);
    await decide("halt");
    await decide("halt");
    expect(await phase(key.id)).toBe("halted");
    await decide("resume");
    expect(await phase(key.id)).toBe("enrolling");
    await decide("cancel");
    await expect(decide("halt")).rejects.toMatchObject({ code: "conflict" });
    await decide("rollback");
    expect(await phase(key.id)).toBe("rolling_back");
    await expect(decide("resume")).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("a release of Particle's route", () => {
  it("takes the place of an earlier one for the same group", async () => {
    const { assign, phase, deps } = world();
    const first = await assign(2, ["a"]);
    const second = await assign(3, ["a"]);
    expect(await phase(first?.id ?? "")).toBe("superseded");
    expect(await phase(second?.id ?? "")).toBe("enrolling");
    expect(await deps.releases.active()).toHaveLength(2);
  });

  it("is the only one that goes on of two at the same time for the same group", async () => {
    const { assign, phase } = world();
    const both = await Promise.all([assign(2, ["a"]), assign(3, ["a"])]);
    const phases = await Promise.all(both.map((one) => phase(one?.id ?? "")));
    expect(phases.toSorted()).toEqual(["enrolling", "superseded"]);
  });

  it("leaves the other groups of an earlier one to it", async () => {
    const { assign, phase, deps } = world();
    const first = await assign(2, ["a", "b"]);
    await assign(3, ["a"]);
    expect(await phase(first?.id ?? "")).toBe("superseded");
    const all = await Promise.all(
      (await deps.releases.active()).map((key) => deps.releases.find(key)),
    );
    const going = all.filter((one) => one !== undefined && one.id !== first?.id);
    expect(going.map((one) => [one?.version, one?.to])).toEqual(
      expect.arrayContaining([
        [3, { groups: ["a"] }],
        [2, { groups: ["b"] }],
      ]),
    );
  });

  it("that has halted stays halted for the groups that are left to it", async () => {
    const { assign, phase, deps } = world();
    const first = await assign(2, ["a", "b"]);
    const { id: release = "" } = first ?? {};
    const halt = { kind: "halted", halt: "h", by: automatic } as const;
    await deps.facts.add({ ...halt, release, region: "us-east-1", at: someTime });
    await assign(3, ["a"]);
    const others = (await deps.releases.active()).filter(({ id: own }) => own !== release);
    const phases = await Promise.all(others.map(({ id: own }) => phase(own)));
    expect(phases.toSorted()).toEqual(["enrolling", "halted"]);
  });

  it("changes nothing for a group without devices, and is refused during one of ours", async () => {
    const { assign, create, of, deps } = world();
    expect(await assign(2, ["c"])).toBeUndefined();
    await create({ version: 2, to: { groups: ["a"] } });
    await expect(assign(3, ["a"])).rejects.toMatchObject({ code: "conflict" });
    const check = (groups: string[]) =>
      requireAssignable({ productDefault: false, groups }, of, deps);
    await expect(check(["a"])).rejects.toMatchObject({ code: "conflict" });
    await check(["c"]);
  });
});
