import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deviceStates, deviceStatus } from "#shared/release/model/deviceStatus.ts";
import type { Fact } from "#shared/release/model/fact.ts";
import { joinAll, joinObservations, type Observations } from "#shared/release/model/progress.ts";
import { foldFacts, isOffering } from "#shared/release/model/releaseStatus.ts";
import {
  aHalt,
  anEnrolment,
  aRelease,
  aResume,
  openFacts,
} from "../../../memory/release/samples.ts";
import { someTime } from "../../../memory/samples.ts";
import { anObservation } from "./arbitrary.ts";

const shuffled = <One>(all: fc.Arbitrary<One[]>) =>
  all.chain((some) =>
    fc.tuple(
      fc.constant(some),
      // Every observation once or several times, in any order.
      fc
        .array(fc.nat(Math.max(some.length - 1, 0)), { maxLength: 10 })
        .map((more) => [...some, ...more.flatMap((i) => some[i] ?? [])])
        .chain((many) => fc.shuffledSubarray(many, { minLength: many.length })),
    ),
  );

const statusOf = (seen: Observations, facts: readonly Fact[] = openFacts()) =>
  deviceStatus({
    release: aRelease(),
    status: foldFacts(facts),
    enrolment: anEnrolment(),
    seen,
    now: 50,
  });

describe("the state of a device", () => {
  it("is the same for its observations in any order, repeated, and split over regions", () => {
    fc.assert(
      fc.property(
        shuffled(fc.array(anObservation, { maxLength: 15 })),
        fc.nat(15),
        ([some, many], cut) => {
          const split = joinObservations(joinAll(many.slice(cut)), joinAll(many.slice(0, cut)));
          expect(split).toEqual(joinAll(some));
          expect(statusOf(split)).toEqual(statusOf(joinAll(some)));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("is one of the seven for all observations", () => {
    fc.assert(
      fc.property(fc.array(anObservation, { maxLength: 15 }), (some) => {
        expect(deviceStates).toContain(statusOf(joinAll(some)).state);
      }),
      { numRuns: 1_000 },
    );
  });
});

const region = fc.constantFrom("us-east-1", "eu-west-1");
const at = fc.integer({ min: someTime, max: someTime + 5 });
const place = { release: fc.constant("release-1"), region, at };
const by = fc.constantFrom("godwit", "ada@example.com");
const halt = fc.constantFrom("halt-1", "halt-2");
const aFact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ ...place, kind: fc.constant("wave" as const), wave: fc.nat(2) }),
  fc.record({ ...place, kind: fc.constant("halted" as const), halt, by }),
  fc.record({ ...place, kind: fc.constant("resumed" as const), halt, by }),
  fc.record({ ...place, kind: fc.constant("rollback" as const), by }),
  fc.record({ ...place, kind: fc.constant("cancelled" as const), by }),
  fc.record({ ...place, kind: fc.constant("superseded" as const), by }),
  fc.record({ ...place, kind: fc.constant("completed" as const) }),
  fc.record({ ...place, kind: fc.constant("rolled_back" as const) }),
);

describe("the status of a release", () => {
  it("is the same for its facts in any order, and repeated", () => {
    fc.assert(
      fc.property(shuffled(fc.array(aFact, { maxLength: 12 })), ([some, many]) => {
        expect(foldFacts(many)).toEqual(foldFacts(some));
      }),
      { numRuns: 1_000 },
    );
  });

  it("offers nothing while a halt has no resume that names it, whatever else has happened", () => {
    fc.assert(
      fc.property(fc.array(aFact, { maxLength: 12 }), (some) => {
        const facts = [...openFacts(3), ...some];
        const resumed = new Set(facts.flatMap((one) => (one.kind === "resumed" ? one.halt : [])));
        const isHalted = facts.some((one) => one.kind === "halted" && !resumed.has(one.halt));
        if (isHalted) expect(isOffering(foldFacts(facts))).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it("is halted again when a resume names only one of two halts", () => {
    const facts = [...openFacts(), aHalt("halt-1"), aHalt("halt-2"), aResume("halt-1")];
    expect(foldFacts(facts).phase).toBe("halted");
    expect(foldFacts([...facts, aResume("halt-2")]).phase).toBe("running");
  });
});
