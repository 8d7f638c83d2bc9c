import { expect, it } from "vitest";
import { atMost, within } from "../../drill/checks.ts";
import type { Drill } from "../../drill/drill.ts";
import { drills } from "../../drill/drills.ts";
import { formatReport } from "../../drill/report.ts";

const drill: Drill = Object.values(drills)[0]!;
const report = {
  drill: "2018-03",
  form: "short" as const,
  at: "2026-11-20T12:00:00Z",
  promise: drill.promise,
  tookSeconds: 12,
};

it("formats each check, the event counts and the known times", () => {
  const text = formatReport(
    {
      ...report,
      passed: false,
      checks: [
        { promised: "lost: 0", measured: "0", passed: true },
        { promised: "back within 30.0 s", measured: "never", passed: false },
      ],
      counts: { accepted: 5, delivered: 4, lost: 1, repeated: 2 },
      timeToDetectMs: 1_200,
    },
    drill,
  );
  expect(text).toMatch(/passed {2}lost: 0 +0\n {2}FAILED {2}back within 30\.0 s {2}never/);
  expect(text).toContain("events: 5 accepted, 4 delivered, 1 lost, 2 repeated");
  expect(text).toContain("time to detect 1.2 s\n");
  expect(text).not.toContain("recover");
  expect(text.endsWith("FAILED in 12 s")).toBe(true);
});

it("contains the error of an aborted drill", () => {
  const text = formatReport({ ...report, passed: false, error: "the cloud exited" }, drill);
  expect(text).toContain("aborted: the cloud exited");
});

it("formats the measurements of a passed drill with units, without absent values", () => {
  const text = formatReport(
    {
      ...report,
      passed: true,
      checks: [within("it is back", 12_340, 30_000), atMost("repeated", 3, 20)],
      timeToRecoverMs: 12_340,
      details: { "devices connected": 1_000 },
    },
    drill,
  );
  expect(text.split("\n")).toEqual([
    "2018-03 (short form)",
    `  incident  ${drill.incident}`,
    `  promise   ${drill.promise}`,
    "",
    "  passed  it is back within 30.0 s  12.3 s",
    "  passed  repeated: at most 20      3",
    "",
    "  time to recover 12.3 s",
    "  devices connected: 1000",
    "PASSED in 12 s",
  ]);
});
