import { expect, it } from "vitest";
import { closeBooks } from "../../load/books/books.ts";
import { createSentRecord, type Outcome } from "../../load/books/sentLane.ts";
import { judge } from "../../load/report/verdict.ts";
import type { PartResult } from "../../load/runPart.ts";

const lane = { name: "tenant", rate: 10, count: 10 };

const laneWith = (outcome: Outcome, doneMs = 10) => {
  const record = createSentRecord(lane);
  for (let seq = 0; seq < lane.count; seq += 1) record.recordDone(seq, doneMs, outcome);
  return { lane, books: closeBooks(lane, record.lane(), { measured: "replies" }) };
};

const result = (outcome: Outcome, pages: readonly string[] = []): PartResult => ({
  part: "calls",
  units: "calls",
  documented: { perSecond: 1, source: "" },
  seconds: 1,
  lanes: [laneWith(outcome)],
  local: { cpuMsPerUnit: 1, memoryBytes: 1, billed: {}, pages },
});

it("finds no problem in a refusal, and names the bound that gave first", () => {
  const { bound, problems } = judge(result({ result: "refused", reason: "429 too many calls" }));
  expect(bound).toBe("429 too many calls, after 0.0 s");
  expect(problems).toEqual([]);
});

it("finds a problem in a loss, and in an error", () => {
  expect(judge(result({ result: "unanswered" })).problems).toHaveLength(1);
  expect(judge(result({ result: "failed", reason: "500" })).problems).toEqual([
    "tenant: 10 failed: 500 (10)",
  ]);
});

it("finds a problem in a page, unless a customer was harmed", () => {
  const pages = ["The API is down. (critical)"];
  expect(judge(result({ result: "accepted" }, pages)).problems).toHaveLength(1);
  expect(judge(result({ result: "refused", reason: "429 limit" }, pages)).problems).toHaveLength(1);
  expect(judge(result({ result: "refused", reason: "503 busy" }, pages)).problems).toEqual([]);
});

it("compares the p99 of the others with their p99 without the mad tenant", () => {
  const accepted: Outcome = { result: "accepted" };
  const beside = (ms: number) => {
    const lanes = [laneWith(accepted, ms), laneWith(accepted, 9_000)];
    const alone = [laneWith(accepted, 100), laneWith(accepted)];
    return judge({ ...result(accepted), lanes, alone }).problems;
  };
  expect(beside(200)).toEqual([]);
  expect(beside(201)).toEqual(["the p99 of the others rose from 100.0 to 201.0 ms"]);
});

it("finds a problem if the others are refused beside the mad tenant", () => {
  const accepted: Outcome = { result: "accepted" };
  const lanes = [laneWith({ result: "refused", reason: "503 busy" }), laneWith(accepted)];
  const alone = [laneWith(accepted), laneWith(accepted)];
  expect(judge({ ...result(accepted), lanes, alone }).problems).toEqual([
    "10 units of the others were refused beside the mad tenant",
  ]);
});
