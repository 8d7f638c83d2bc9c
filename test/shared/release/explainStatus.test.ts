import { describe, expect, it } from "vitest";
import { createImageCopier } from "#shared/release/controller/copyImage.ts";
import { releaseFormer } from "#shared/release/controller/releaseFormer.ts";
import { type Circumstances, explainStatus } from "#shared/release/explainStatus.ts";
import type { DeviceStatus } from "#shared/release/model/deviceStatus.ts";
import { areWorse, comparedVitals } from "#shared/release/model/worseVitals.ts";
import { memoryReleases } from "../../memory/release/releases.ts";
import { aRelease, newHash, oldHash, product } from "../../memory/release/samples.ts";
import { someTime } from "../../memory/samples.ts";

const circumstances: Circumstances = {
  release: aRelease(),
  wave: 0,
  isConnected: true,
};

const late = { release: aRelease({ kind: "catch_up" }) };

const explain = (status: DeviceStatus, given: Partial<Circumstances> = {}) =>
  explainStatus(status, { ...circumstances, ...given });

describe("why a device has not updated", () => {
  it.each<[DeviceStatus, Partial<Circumstances>, RegExp]>([
    [{ state: "current" }, {}, /runs version 2 already/],
    [{ state: "held", why: "wave" }, {}, /wave \(1 of 1\) is not open/],
    [{ state: "held", why: "halted" }, {}, /only a person can resume/],
    [{ state: "held", why: "vetoed", note: "in use" }, {}, /refused the update: in use\.$/],
    [{ state: "held", why: "deferred", until: someTime }, {}, /until 2025-01-02T/],
    [{ state: "waiting", why: "not_offered" }, { isConnected: false }, /It is offline/],
    [
      { state: "waiting", why: "not_offered" },
      { isConnected: false, wakeSeconds: 3_600 },
      /wakes about every 3600 s/,
    ],
    [{ state: "waiting", why: "not_offered" }, {}, /its turn comes/],
    [{ state: "waiting", why: "not_offered" }, late, /came after the release of version 2/],
    [{ state: "excluded", why: "superseded" }, late, /Another release has the device/],
    [{ state: "excluded", why: "superseded" }, {}, /newer release/],
    [{ state: "waiting", why: "not_offered" }, { pause: "an outage" }, /Offers pause: an outage/],
    [{ state: "waiting", why: "retry", error: "wrong_hash", until: someTime }, {}, /wrong_hash/],
    [{ state: "downloading", why: "unavailable", since: someTime }, {}, /no failure of it/],
    [{ state: "installed", since: someTime }, {}, /found healthy/],
    [{ state: "failed", why: "silent", since: someTime }, {}, /fell silent/],
    [{ state: "failed", why: "other", since: someTime, note: "no flash" }, {}, /: no flash\.$/],
    [{ state: "excluded", why: "locked" }, {}, /locked to another version/],
  ])("is one sentence: %o", (status, given, expected) => {
    const sentence = explain(status, given);
    expect(sentence).toMatch(expected);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  });
});

describe("vitals", () => {
  const payload = (used: number) => ({ device: { system: { memory: { used, total: 100 } } } });

  it("are worse when a device that had memory to spare has none", () => {
    const compare = (before: number, after: number) => {
      const [one, other] = [comparedVitals(payload(before)), comparedVitals(payload(after))];
      return one && other && areWorse(one, other);
    };
    expect(compare(50, 98)).toBe(true);
    expect(compare(50, 90)).toBe(false);
    expect(compare(96, 99)).toBe(false);
  });

  it("without memory, or with an error in its place, say nothing", () => {
    expect(comparedVitals(undefined)).toBeUndefined();
    expect(comparedVitals({ device: { system: { memory: { err: -210 } } } })).toBeUndefined();
  });
});

describe("the image of a release", () => {
  it("is copied to a region that lacks it, once", async () => {
    const stored: string[] = [];
    const copy = createImageCopier({
      images: {
        get: async () => Buffer.from("image"),
        put: async (sha256) => void stored.push(sha256),
      },
      hasHere: async (sha256) => stored.includes(sha256),
    });
    await copy(aRelease());
    await copy(aRelease());
    expect(stored).toEqual([newHash]);
  });
});

describe("the release of the former version", () => {
  it("is the same one after a crash", async () => {
    const releases = memoryReleases();
    const deps = {
      releases,
      versions: { find: async () => ({ sha256: oldHash, size: 9 }) as never },
      region: "us-east-1",
      now: () => someTime,
    };
    const release = aRelease({ rollback: "version", rollbackVersion: 1 });
    const devices = ["0".repeat(24)];
    const id = await releaseFormer(release, devices, deps);
    expect(await releaseFormer(release, devices, deps)).toBe(id);
    expect(await releases.find({ product, id })).toMatchObject({
      kind: "rollback",
      version: 1,
      rollsBack: release.id,
      to: { devices },
      forced: true,
    });
    expect(await releases.active(product)).toHaveLength(1);
  });
});
