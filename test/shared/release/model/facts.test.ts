import { expect, it } from "vitest";
import { connectionOf } from "#shared/release/connection.ts";
import { isCausedByOutage } from "#shared/release/model/assess.ts";
import { newReleaseId } from "#shared/release/model/release.ts";
import { foldFacts, isEnded } from "#shared/release/model/releaseStatus.ts";
import { openFacts } from "../../../memory/release/samples.ts";

const place = { release: "release-1", region: "us-east-1", at: 9 };

it("a release has ended when it is complete, cancelled or superseded, or rolled back", () => {
  const completed = { ...place, kind: "completed" } as const;
  const rollback = { ...place, kind: "rollback", by: "godwit" } as const;
  expect(isEnded(foldFacts(openFacts()))).toBe(false);
  expect(isEnded(foldFacts([...openFacts(), completed]))).toBe(true);
  expect(isEnded(foldFacts([...openFacts(), rollback]))).toBe(false);
  const back = { ...place, kind: "rolled_back" } as const;
  expect(isEnded(foldFacts([...openFacts(), rollback, back]))).toBe(true);
  expect(isEnded(foldFacts([...openFacts(), completed, rollback]))).toBe(false);
  expect(isEnded(foldFacts([...openFacts(), completed, rollback, back]))).toBe(true);
  expect(isEnded(foldFacts([{ ...place, kind: "superseded", by: "release-2" }]))).toBe(true);
});

it("ids of releases sort by the time of their creation", () => {
  const times = [1, 1_000, 1_767_225_600_000, 1_767_225_600_001];
  const ids = times.map(newReleaseId);
  expect(ids.toSorted()).toEqual(ids);
});

it("an outage of the cloud makes devices silent, and does not reset them", () => {
  expect(isCausedByOutage({ kind: "harmed", harm: "silent" })).toBe(true);
  expect(isCausedByOutage({ kind: "harmed", harm: "resets" })).toBe(false);
  expect(isCausedByOutage({ kind: "healthy" })).toBe(false);
});

it("a connection is another one after a reconnect, and in another region", () => {
  const session = { region: "us-east-1", id: "s", version: 1, since: 5 };
  const others = [
    { ...session, version: 2 },
    { ...session, id: "t" },
    { ...session, region: "eu-west-1" },
  ];
  const all = [session, ...others].map(connectionOf);
  expect(new Set(all).size).toBe(4);
});
