import { expect, it } from "vitest";
import { recordsBufferedMax } from "#shared/ledger/limits.ts";
import type { LedgerRecord } from "#shared/ledger/record.ts";
import { emptyRecord } from "#shared/ledger/record.ts";
import { type RefusedRecords, sendRecords } from "#shared/ledger/sendRecords.ts";
import { memoryRecords } from "../../memory/delivery/records.ts";
import { deviceId, fleet } from "../../memory/samples.ts";

const aRecord = (at: number): LedgerRecord => ({
  ...emptyRecord,
  heard: [{ device: deviceId, fleet, at }],
});

/** A worker's records, and a queue that can be disabled. */
const world = () => {
  const state = { closed: false };
  const records = memoryRecords(() => state.closed);
  const refusals: RefusedRecords[] = [];
  const record = sendRecords({ records, onRefused: (one) => refusals.push(one) });
  return { state, records, refusals, record };
};

it("sends one message for each batch", async () => {
  const { records, refusals, record } = world();
  await record(aRecord(1));
  await record(aRecord(2));
  expect(records.queued).toEqual([aRecord(1), aRecord(2)]);
  expect(refusals).toEqual([]);
});

it("buffers records that the queue refuses, and sends them with the next batch", async () => {
  const { state, records, refusals, record } = world();
  state.closed = true;
  await record(aRecord(1));
  await record(aRecord(2));
  expect(records.queued).toEqual([]);
  expect(refusals).toMatchObject([
    { refused: 1, lost: 0 },
    { refused: 2, lost: 0 },
  ]);
  state.closed = false;
  await record(aRecord(3));
  await record(aRecord(4));
  expect(records.queued).toEqual([aRecord(1), aRecord(2), aRecord(3), aRecord(4)]);
});

it("buffers a limited number, and reports how many are lost", async () => {
  const { state, records, refusals, record } = world();
  state.closed = true;
  for (let at = 0; at < recordsBufferedMax + 3; at += 1) await record(aRecord(at));
  expect(refusals.reduce((all, { lost }) => all + lost, 0)).toBe(3);
  state.closed = false;
  await record(aRecord(1_000));
  expect(records.queued).toHaveLength(recordsBufferedMax + 1);
  expect(records.queued[0]).toEqual(aRecord(3));
});
