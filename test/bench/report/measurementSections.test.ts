import { expect, it } from "vitest";
import { connectionsSection } from "../../../bench/report/connectionsSection.ts";
import { isolationSection } from "../../../bench/report/isolationSection.ts";
import { matrixSection } from "../../../bench/report/matrixSection.ts";
import { memorySection } from "../../../bench/report/memorySection.ts";
import { operationsSection } from "../../../bench/report/operationsSection.ts";
import { overloadSection } from "../../../bench/report/overloadSection.ts";
import { highestSection, ratesSection, streamSection } from "../../../bench/report/ratesSection.ts";
import { restartSections } from "../../../bench/report/restartSections.ts";
import type { Section } from "../../../bench/report/section.ts";

/** The rows of a section as records by heading. */
const records = ({ headings, rows }: Section): Record<string, string>[] =>
  rows.map((row) => Object.fromEntries(row.map((cell, i) => [headings[i] ?? "", cell])));

const measured = {
  published: 6_000,
  p50Ms: 4.249,
  p99Ms: 29.04,
  cpuMsPerEvent: 6,
  memoryBytes: 381_400_000,
  lost: 1,
  duplicated: 2,
};

it("compares the processor time of each system with the reference at the same rate", () => {
  const all = [
    { system: "Godwit", rate: 200, ...measured },
    { system: "bare", rate: 200, ...measured, cpuMsPerEvent: 1.5 },
    { system: "Godwit", rate: 1_000, ...measured },
  ];
  const rows = records(ratesSection(all, "bare"));
  expect(rows[0]).toMatchObject({
    "CPU ms/event": "6.00",
    "× reference": "4.0",
    "p50 ms": "4.2",
    "p99 ms": "29.0",
    "memory MB": "381",
    lost: "1",
    twice: "2",
  });
  expect(rows.map((row) => row["× reference"])).toEqual(["4.0", "1.0", ""]);
});

it("lists the highest steady rate and the probes", () => {
  const probe = { isSustained: true, backlogGrowth: 0 };
  const probes = [
    { rate: 1_000, ...probe },
    { rate: 2_250, ...probe, isSustained: false },
  ];
  const section = highestSection([{ system: "Godwit", rate: 1_700, probes }]);
  expect(section.rows).toEqual([["Godwit", "1,700", "1000, 2250 no"]]);
  expect(section.note).toContain("2 % of the rate");
});

it("lists the latency of an event stream", () => {
  const one = { ...measured, rate: 200, maxMs: 103 };
  expect(streamSection(one).rows).toEqual([
    ["200 events/s", "6,000", "4.2", "29.0", "103.0", "1", "2"],
  ]);
});

it("lists the cases of the matrix", () => {
  const [row] = matrixSection([{ name: "500 devices", ...measured }], 200).rows;
  expect(row).toEqual(["500 devices", "6.00", "4.2", "29.0", "381", "1", "2"]);
});

it("lists the rates, the memory and the recovery of an overload", () => {
  const section = overloadSection([
    {
      system: "Godwit",
      highest: 1_000,
      offered: 2_000,
      seconds: 60,
      acknowledgedPerSecond: 1_012.4,
      arrivedPerSecond: 990,
      memoryBeforeBytes: 2e8,
      memoryMaxBytes: 4e8,
      memoryAfterBytes: 3e8,
      threadsMax: 20,
      backlog: 1_500,
      drainMs: 1_500,
      acknowledged: 60_744,
      lost: 0,
      repeated: 3,
    },
  ]);
  expect(records(section)[0]).toMatchObject({
    "offered/s": "2,000",
    "acknowledged/s": "1,012",
    "memory MB before / maximum / after": "200 / 400 / 300",
    "drained in s": "1.5",
    "drained/s": "1,000",
    lost: "0",
  });
});

it("lists the memory of a system, and per stream where it has streams", () => {
  const usage = { cpuMs: 1, memoryBytes: 2e8, threads: 12 };
  const load = { rate: 200, loadedBytes: 3.5e8, loadedThreads: 15 };
  const one = { system: "Godwit", idle: usage, ...load, after: usage };
  const streams = { number: 20, bytesEach: 950_000, threads: 13 };
  const rows = records(memorySection([{ ...one, streams }, one]));
  expect(rows[0]).toMatchObject({
    "idle MB": "200",
    "under load MB (maximum)": "350",
    "threads idle / load": "12 / 15",
    "MB per open event stream": "0.9 (20 streams)",
  });
  expect(rows[1]).toMatchObject({ "MB per open event stream": "" });
});

it("lists the processor time of operations", () => {
  const one = { operation: "connect", system: "Godwit", times: 50, cpuMs: 8.123 };
  const [row] = operationsSection([{ ...one, idleCpuMsPerSecond: 12 }]).rows;
  expect(row).toEqual(["connect", "Godwit", "50", "8.12", "12.00"]);
});

it("lists the cost of connections, and why fewer than requested were connected", () => {
  const one = { requested: 10_000, coresBefore: 0.02, cores: 0.051, bytesEach: 19_960 };
  const all = { ...one, connected: 10_000, secondsToConnect: 31, limit: undefined };
  expect(connectionsSection(all)).toMatchObject({
    rows: [["10,000", "0.020", "0.051", "20.0", "31"]],
  });
  expect(connectionsSection(all).note).not.toContain("requested");
  expect(connectionsSection({ ...all, connected: 500, limit: "descriptors" }).note).toContain(
    "10,000 devices were requested. Limit: descriptors.",
  );
});

it("lists restarts, also one whose events did not all arrive in time", () => {
  const backlog = {
    undelivered: 8_000,
    readyMs: 1_500,
    firstDeliveryMs: 1_700,
    arrived: 8_000,
    lost: 0,
    repeated: 5,
    memoryAtFirstBytes: 2e8,
    memoryMaxBytes: 3e8,
  };
  const [starts, restarts] = restartSections({
    starts: { firstMs: 7_940, warmMs: 1_510 },
    backlogs: [
      { ...backlog, allDeliveredMs: 7_000 },
      { ...backlog, allDeliveredMs: undefined, arrived: 7_000, lost: 1_000 },
    ],
  });
  expect(starts?.rows.map(([, time]) => time)).toEqual(["7.9", "1.5"]);
  const columns = restarts === undefined ? [] : records(restarts);
  expect(columns[0]).toMatchObject({ "all delivered s": "7.0", lost: "0", twice: "5" });
  // The missing events may still arrive: they are not reported as lost.
  expect(columns[1]).toMatchObject({ "all delivered s": "7,000 arrived", lost: "" });
});

it("lists the latency of a healthy target alone and beside failing ones", () => {
  const latencies = (times: number) => Array.from({ length: 100 }, (_, i) => (i + 1) * times);
  const section = isolationSection({
    rate: 50,
    otherRate: 500,
    published: 100,
    alone: { latenciesMs: latencies(1), lost: 0 },
    beside: { latenciesMs: latencies(2), lost: 1 },
    onset: latencies(3),
    afterOnset: [],
  });
  expect(section.rows.map((row) => row.slice(1))).toEqual([
    ["100", "50.0", "99.0", "0"],
    ["100", "100.0", "198.0", "1"],
    ["100", "150.0", "297.0", ""],
    ["0", "NaN", "NaN", ""],
  ]);
});
