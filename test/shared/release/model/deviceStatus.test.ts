import { describe, expect, it } from "vitest";
import { deviceStatus } from "#shared/release/model/deviceStatus.ts";
import type { Enrolment } from "#shared/release/model/enrolment.ts";
import type { Fact } from "#shared/release/model/fact.ts";
import { joinAll, type Observations } from "#shared/release/model/progress.ts";
import type { Release } from "#shared/release/model/release.ts";
import { foldFacts } from "#shared/release/model/releaseStatus.ts";
import { aHalt, anEnrolment, aRelease, openFacts } from "../../../memory/release/samples.ts";
import { someTime } from "../../../memory/samples.ts";

interface Given {
  readonly release?: Partial<Release>;
  readonly facts?: readonly Fact[];
  readonly enrolment?: Partial<Enrolment>;
  readonly now?: number;
}

const status = (seen: readonly Observations[], given: Given = {}) =>
  deviceStatus({
    release: aRelease(given.release),
    status: foldFacts(given.facts ?? openFacts()),
    enrolment: anEnrolment(given.enrolment),
    seen: joinAll(seen),
    now: given.now ?? 1_000,
  });

const offer = (at: number): Observations => ({
  reserved: { at, connection: "a" },
  offers: [at],
  offered: { at, connection: "a" },
});
const failed = (at: number, error: "other" | "wrong_signature" | "wrong_hash") => ({
  failures: [{ at, error }],
});
const ran = (at: number): Observations => ({ seen: { release: { first: at, last: at } } });
const ranOther = (at: number): Observations => ({ seen: { other: { first: at, last: at } } });
const cancelled: Fact = {
  release: "release-1",
  region: "us-east-1",
  at: someTime + 9,
  kind: "cancelled",
  by: "ada@example.com",
};
const rollback: Fact = { ...cancelled, kind: "rollback" };

describe("a device in a release", () => {
  it("is current if it ran the version before, or got it from elsewhere", () => {
    expect(status([], { enrolment: { current: true } })).toEqual({ state: "current" });
    expect(status([ran(5)])).toEqual({ state: "current" });
  });

  it("is held until its wave is open", () => {
    expect(status([], { enrolment: { wave: 1 } })).toEqual({ state: "held", why: "wave" });
    expect(status([], { enrolment: { wave: 1 }, facts: openFacts(2) }).state).toBe("waiting");
  });

  it("is held by a halt, also in an open wave", () => {
    expect(status([], { facts: [...openFacts(), aHalt()] })).toEqual({
      state: "held",
      why: "halted",
    });
  });

  it("is held outside the window of its local time", () => {
    const window = { from: 22 * 60, to: 6 * 60 };
    const noon = Date.UTC(2026, 0, 1, 12);
    const east = { offset: { at: 1, minutes: 600 } };
    expect(status([], { release: { window }, now: noon })).toEqual({
      state: "held",
      why: "window",
      until: Date.UTC(2026, 0, 1, 22),
    });
    expect(status([east], { release: { window }, now: noon }).state).toBe("waiting");
  });

  it("is held while it vetoes or defers, unless the release is forced", () => {
    const vetoed = { vetoed: { at: 5, reason: "in use" } };
    const deferred = { deferred: { at: 5, until: 2_000 } };
    expect(status([offer(1), vetoed])).toMatchObject({ state: "held", note: "in use" });
    expect(status([offer(1), deferred])).toMatchObject({ state: "held", until: 2_000 });
    expect(status([offer(1), deferred], { now: 2_000 }).state).toBe("waiting");
    expect(status([vetoed], { release: { forced: true } }).state).toBe("waiting");
    const disabled = { updates: { at: 5, enabled: false } };
    expect(status([disabled])).toMatchObject({ state: "held", why: "updates_disabled" });
  });

  it("is downloading from its acceptance until it is assessed", () => {
    const accepted = { accepted: { at: 2 } };
    expect(status([offer(1)])).toEqual({ state: "waiting", why: "offered", since: 1 });
    expect(status([offer(1), accepted])).toMatchObject({ state: "downloading", why: "accepted" });
    const loading = { downloading: { at: 3, offset: 10 } };
    expect(status([offer(1), accepted, loading])).toMatchObject({ offset: 10 });
    const restarting = { restarting: { at: 4 } };
    expect(status([offer(1), accepted, restarting])).toMatchObject({ why: "restarting" });
    expect(status([offer(1), accepted, restarting, ran(5)])).toMatchObject({ why: "observed" });
    const assessed = { assessed: { at: 6 } };
    expect(status([offer(1), accepted, ran(5), assessed])).toEqual({
      state: "installed",
      since: 6,
    });
  });

  it("goes on after the cloud refused its download, which is no attempt", () => {
    const refused = [2, 3, 4, 5].map((at) => ({ unavailable: { at, status: 503 } }));
    const seen = [offer(1), { accepted: { at: 1 } }, ...refused];
    expect(status(seen)).toEqual({ state: "downloading", why: "unavailable", since: 5 });
  });

  it("tries again after a failure that may pass, and has failed after three attempts", () => {
    const first = [offer(1), failed(2, "other")];
    expect(status(first)).toMatchObject({ state: "waiting", why: "retry", error: "other" });
    const second = [...first, offer(3), failed(4, "wrong_hash")];
    expect(status(second).state).toBe("waiting");
    // A failure that is reported again is no further attempt.
    expect(status([...second, failed(5, "wrong_hash")]).state).toBe("waiting");
    expect(status([...second, offer(6), failed(7, "other")])).toEqual({
      state: "failed",
      why: "other",
      since: 7,
    });
  });

  it("has failed at once with an error that stays", () => {
    expect(status([offer(1), failed(2, "wrong_signature")]).state).toBe("failed");
  });

  it("has failed if it is back with another image, without a report", () => {
    const restarted = [offer(1), { accepted: { at: 2 } }, { restarting: { at: 3 } }];
    expect(status([...restarted, ranOther(4)])).toMatchObject({ state: "failed", why: "reverted" });
    const installed = [...restarted, ran(4), { assessed: { at: 5 } }];
    expect(status([...installed, ranOther(6)])).toMatchObject({ why: "reverted" });
  });

  it("has failed while it is silent, and is installed once it is back and healthy", () => {
    const silent = [offer(1), { accepted: { at: 2 } }, { assessed: { at: 9, harm: "silent" } }];
    const seen = silent as Observations[];
    expect(status(seen)).toMatchObject({ state: "failed", why: "silent" });
    expect(status([...seen, ran(20), { assessed: { at: 21 } }]).state).toBe("installed");
  });

  it("was rolled back if it has its former image after a rollback", () => {
    const seen = [offer(1), { accepted: { at: 2 } }, ran(4), { assessed: { at: 5 } }, ranOther(9)];
    expect(status(seen, { facts: [...openFacts(), rollback] })).toMatchObject({
      state: "failed",
      why: "rolled_back",
    });
  });

  it("is excluded if the release ended before it began, and goes on otherwise", () => {
    const facts = [...openFacts(), cancelled];
    expect(status([], { facts })).toEqual({ state: "excluded", why: "cancelled" });
    expect(status([offer(1), { restarting: { at: 2 } }], { facts }).state).toBe("downloading");
    expect(status([], { facts: [...openFacts(), rollback] })).toEqual({
      state: "excluded",
      why: "rolled_back",
    });
  });

  it("is excluded while it is locked, and no longer", () => {
    const locked: Observations = { excluded: { at: 3, why: "locked" } };
    expect(status([locked])).toEqual({ state: "excluded", why: "locked" });
    expect(status([locked, { excluded: { at: 4 } }]).state).toBe("waiting");
    expect(status([{ excluded: { at: 4 } }], { enrolment: { excluded: "locked" } }).state).toBe(
      "waiting",
    );
  });
});
