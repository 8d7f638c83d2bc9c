import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { count, countSlices } from "../../../functions/edge/metrics.ts";
import { metricStore } from "../../../local/lambda/environment/metrics.ts";

beforeEach(() => {
  vi.stubEnv("POWERTOOLS_METRICS_NAMESPACE", "Godwit");
  vi.stubEnv("POWERTOOLS_SERVICE_NAME", "deliver");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The lines that a call writes to standard output. */
const linesOf = (counts: Record<string, number>): string[] => written(() => count(counts));

const written = (run: () => void): string[] => {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  onTestFinished(() => write.mockRestore());
  run();
  return write.mock.calls.map(([line]) => String(line));
};

it("writes all counters as one line, which CloudWatch reads as metrics of the service", () => {
  const lines = linesOf({ Delivered: 2, Retried: 0, DeadLettered: 1 });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith("\n")).toBe(true);
  const store = metricStore();
  expect(store.read(lines[0] ?? "")).toBe(true);
  const series = { namespace: "Godwit", dimensions: { service: "deliver" }, samples: 1 };
  expect(store.series()).toEqual([
    { ...series, name: "Delivered", sum: 2, min: 2, max: 2 },
    { ...series, name: "DeadLettered", sum: 1, min: 1, max: 1 },
  ]);
});

it("writes nothing if all counters are zero", () => {
  expect(linesOf({ Delivered: 0 })).toEqual([]);
});

it("writes the counters of slices as metrics that name the slice", () => {
  const counts = new Map([
    ["a", 1],
    ["b", 3],
    ["none", 0],
  ]);
  const store = metricStore();
  for (const line of written(() => countSlices("DeliveriesFailed", "integration", counts))) {
    expect(store.read(line)).toBe(true);
  }
  expect(store.series()).toMatchObject([
    { name: "DeliveriesFailed", dimensions: { service: "deliver", integration: "b" }, sum: 3 },
    { name: "DeliveriesFailed", dimensions: { service: "deliver", integration: "a" }, sum: 1 },
  ]);
});

it("writes at most ten slices at once, those with the largest counts", () => {
  const counts = new Map(Array.from({ length: 50 }, (_, i) => [`i${i}`, i]));
  const lines = written(() => countSlices("DeliveriesFailed", "integration", counts));
  expect(lines.map((line) => JSON.parse(line).integration)).toEqual(
    Array.from({ length: 10 }, (_, i) => `i${49 - i}`),
  );
});
