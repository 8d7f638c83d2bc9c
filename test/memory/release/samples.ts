import type { Enrolment } from "#shared/release/model/enrolment.ts";
import { automatic, type Fact } from "#shared/release/model/fact.ts";
import type { Pace } from "#shared/release/model/pace.ts";
import type { Release } from "#shared/release/model/release.ts";
import { deviceId, fleet, someTime } from "../samples.ts";

export const product = 123_456_789;
export const newHash = "a".repeat(64);
export const oldHash = "b".repeat(64);

/** A typical release: all devices, in one wave. A test gives only the values that it is about. */
export const aRelease = (given: Partial<Release> = {}): Release => ({
  id: "release-1",
  product,
  fleet,
  kind: "release",
  version: 2,
  image: { sha256: newHash, size: 100_000 },
  to: { all: true },
  waves: [{ percent: 100, soakMs: 0 }],
  failures: { count: 3, percent: 1 },
  returnMs: 900_000,
  forced: false,
  immediate: true,
  rollback: "none",
  createdBy: "ada@example.com",
  createdAt: someTime,
  region: "us-east-1",
  ...given,
});

export const anEnrolment = (given: Partial<Enrolment> = {}): Enrolment => ({
  release: "release-1",
  device: deviceId,
  wave: 0,
  at: someTime,
  before: { version: "1", sha256: oldHash },
  ...given,
});

const place = { release: "release-1", region: "us-east-1", at: someTime };

/** The facts of a release whose first waves are open. */
export const openFacts = (waves = 1): Fact[] => [
  { ...place, kind: "enrolled", targeted: 1, places: { "us-east-1": 1 } },
  ...Array.from({ length: waves }, (_, wave) => ({ ...place, kind: "wave" as const, wave })),
];

export const aHalt = (halt = "halt-1", at = someTime + 1): Fact => ({
  ...place,
  at,
  kind: "halted",
  halt,
  by: automatic,
});

export const aResume = (halt = "halt-1", at = someTime + 2): Fact => ({
  ...place,
  at,
  kind: "resumed",
  halt,
  by: "ada@example.com",
});

export const aPace = (given: Partial<Pace> = {}): Pace => ({
  release: "release-1",
  region: "us-east-1",
  allowed: 5,
  admitted: [],
  at: someTime,
  revision: 1,
  ...given,
});
