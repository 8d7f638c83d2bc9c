import { expect, it } from "vitest";
import { formatLossReport } from "../../../bench/loss/lossReport.ts";
import { lossTests } from "../../../bench/loss/lossTests.ts";

const [first, second] = lossTests.map(({ number, name }) => ({
  number,
  title: `${number}. ${name}`,
}));

const report = {
  at: "2026-11-25T12:00:00Z",
  machine: { cores: 2, processor: "Fast One", node: "24.1.0" },
  load: [0.25, 3] as const,
  systems: ["Godwit", "Node-RED"],
  results: [
    {
      test: first!.number,
      system: "Godwit",
      counts: { acknowledged: 20_000, lost: 0, repeated: 5_901 },
      drainedMs: 1,
    },
    {
      test: first!.number,
      system: "Node-RED",
      counts: { acknowledged: 20_000, lost: 17_751, repeated: 0 },
      other: { acknowledged: 3_000, lost: 2_255, repeated: 0 },
      drainedMs: 1,
    },
  ],
  rates: [],
};

const line = (text: string, begin: string) =>
  text
    .split("\n")
    .find((one) => one.startsWith(begin))
    ?.split(/ {2,}/);

it("lists lost and repeated events of each system for each test", () => {
  const text = formatLossReport(report);
  expect(text).toContain("2 cores of Fast One, Node 24.1.0; load 0.3 before, 3.0 after.");
  expect(line(text, "lost of")).toEqual(["lost of the acknowledged events", "Godwit", "Node-RED"]);
  expect(line(text, first!.title)).toEqual([
    first!.title,
    "0 of 20000 (5901 twice)",
    "17751 of 20000; hanging: 2255 of 3000",
  ]);
  // Tests that did not run are absent, and without a peer there is no speed.
  expect(text).not.toContain(second!.title);
  expect(text).not.toContain("p50");
});

it("lists the latency of each system in milliseconds", () => {
  const rate = { system: "Godwit", rate: 200, published: 6_000, p50Ms: 43, p99Ms: 184.26 };
  const more = { cpuMsPerEvent: 1, lost: 0, duplicated: 0 };
  const text = formatLossReport({ ...report, rates: [{ ...rate, ...more }] });
  expect(line(text, "Godwit")).toEqual(["Godwit", "200", "6000", "43.0", "184.3", "0"]);
});
