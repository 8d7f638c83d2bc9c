import { describe, expect, it } from "vitest";
import { createArrivalRecord } from "../../../load/books/arrivedLane.ts";
import { closeBooks, isClosed } from "../../../load/books/books.ts";
import { createSentRecord, type Outcome } from "../../../load/books/sentLane.ts";

const lane = { name: "tenant", rate: 100, count: 6 };

const sentAll = (outcomes: readonly (Outcome | undefined)[]) => {
  const record = createSentRecord(lane);
  outcomes.forEach((outcome, seq) => {
    record.recordSent(seq, 0);
    if (outcome !== undefined) record.recordDone(seq, 5, outcome);
  });
  return record.lane();
};

/** Arrivals at a time of the schedule, in milliseconds. */
const arrivedAt = (...arrivals: readonly (readonly [seq: number, ms: number])[]) => {
  let now = 0;
  const record = createArrivalRecord({ round: 0, beginAt: 1_000, lanes: [lane] }, () => now);
  for (const [seq, ms] of arrivals) {
    now = 1_000 + ms;
    record.record(0, seq);
  }
  return record.lanes()[0];
};

const accepted: Outcome = { result: "accepted" };

describe("the books of units that arrive", () => {
  it("have each unit in exactly one place", () => {
    const sent = sentAll([
      accepted,
      accepted,
      { result: "refused", reason: "429 busy" },
      { result: "kept", reason: "no PUBACK" },
      { result: "failed", reason: "500" },
      accepted,
    ]);
    const books = closeBooks(lane, sent, {
      measured: "arrivals",
      arrived: arrivedAt([0, 20]),
      elsewhere: { deadLetters: new Set([1]), waiting: 0 },
    });
    expect(books).toMatchObject({
      offered: 6,
      delivered: 1,
      refused: 1,
      kept: 1,
      failed: 1,
      deadLetters: 1,
      waiting: 0,
      lost: 1,
      lostUnits: [5],
    });
    expect(isClosed(books)).toBe(true);
  });

  it("count the latency from the time at which a unit was due, and repeats apart", () => {
    const books = closeBooks(lane, sentAll(Array(6).fill(accepted)), {
      measured: "arrivals",
      arrived: arrivedAt([0, 30], [3, 40], [3, 90]),
    });
    // Unit 3 was due after 30 ms.
    expect(books.latencies).toMatchObject({ p50Ms: 10, maxMs: 30 });
    expect(books.repeated).toBe(1);
  });

  it("have what arrived without an offer, such as an operation that is counted too often", () => {
    const sent = sentAll(Array(6).fill(accepted));
    const arrived = arrivedAt([0, 10], [6, 10], [7, 10]);
    expect(closeBooks(lane, sent, { measured: "arrivals", arrived })).toMatchObject({
      delivered: 1,
      unknown: 2,
    });
  });

  it("have what the ledger knows to wait, and no more than is missing", () => {
    const sent = sentAll(Array(6).fill(accepted));
    const elsewhere = { deadLetters: new Set<number>(), waiting: 4 };
    const arrived = arrivedAt([0, 10], [1, 10], [2, 20]);
    const books = closeBooks(lane, sent, { measured: "arrivals", arrived, elsewhere });
    expect(books).toMatchObject({ delivered: 3, waiting: 3, lost: 0, lostUnits: [] });
    expect(books.backlogMax).toBe(3);
  });

  it("have a delivery whose sender was refused, and say so", () => {
    const sent = sentAll([{ result: "refused", reason: "503 busy" }]);
    const arrived = arrivedAt([0, 10]);
    expect(closeBooks(lane, sent, { measured: "arrivals", arrived })).toMatchObject({
      delivered: 1,
      refused: 0,
      despiteRefusal: 1,
    });
  });
});

describe("the books of requests", () => {
  it("lose a request without an answer, and a success that nothing has executed", () => {
    const sent = sentAll([accepted, accepted, undefined, { result: "unanswered" }]);
    const arrived = arrivedAt([0, 10]);
    expect(closeBooks(lane, sent, { measured: "executions", arrived })).toMatchObject({
      delivered: 1,
      lost: 5,
    });
    expect(closeBooks(lane, sent, { measured: "replies", arrived })).toMatchObject({
      delivered: 2,
      lost: 4,
    });
  });

  it("name the reasons, and count a late sender", () => {
    const record = createSentRecord(lane);
    record.recordSent(0, 400);
    record.recordDone(2, 1, { result: "refused", reason: "429 busy" });
    record.recordDone(3, 1, { result: "refused", reason: "429 busy" });
    expect(closeBooks(lane, record.lane(), { measured: "replies" })).toMatchObject({
      late: 1,
      lateMaxMs: 400,
      reasons: [{ result: "refused", reason: "429 busy", count: 2, firstMs: 20 }],
    });
  });
});
