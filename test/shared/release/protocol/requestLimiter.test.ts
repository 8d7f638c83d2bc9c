import { expect, it } from "vitest";
import { downloadPace } from "#shared/release/protocol/downloadPace.ts";
import { downloadDelayMsMax, downloadsPerSecond } from "#shared/release/protocol/limits.ts";
import { requestLimiter } from "#shared/release/protocol/requestLimiter.ts";

it("a device that sends without a pause is limited, and others are not", () => {
  const isAllowed = requestLimiter({ burst: 8, perSecond: 8 });
  const loop = Array.from({ length: 1_000 }, (_, i) => isAllowed("loop", i * 10));
  expect(loop.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => true));
  // 10 seconds of 8 messages, and the burst.
  const allowed = loop.filter(Boolean).length;
  expect(allowed).toBeGreaterThanOrEqual(86);
  expect(allowed).toBeLessThanOrEqual(88);
  expect(isAllowed("other", 5_000)).toBe(true);
});

it("a device may send again after a pause, also when the clock was set back", () => {
  const isAllowed = requestLimiter({ burst: 1, perSecond: 1 });
  expect([isAllowed("d", 5_000), isAllowed("d", 5_500), isAllowed("d", 6_600)]).toEqual([
    ...[true, false, true],
  ]);
  expect([isAllowed("d", 1_000), isAllowed("d", 2_100)]).toEqual([false, true]);
});

it("a herd of downloads is spread over time, and a single one does not wait", () => {
  const delayOf = downloadPace();
  expect(delayOf(0)).toBe(0);
  const delays = Array.from({ length: 600 }, () => delayOf(0));
  // On average a device waits for half of its delay.
  expect(delays.at(-1)).toBe((2 * 600 * 1_000) / downloadsPerSecond);
  for (let n = 0; n < 10_000; n += 1) delayOf(0);
  expect(delayOf(0)).toBe(downloadDelayMsMax);
  expect(delayOf(10_000_000)).toBe(0);
});
