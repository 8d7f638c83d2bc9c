import { expect, it } from "vitest";
import { noCounts, setCount } from "#shared/ledger/limit/limitCounts.ts";
import { limitStatus } from "#shared/ledger/limit/limitStatus.ts";
import { hourMs, minuteMs } from "#shared/platform/durations.ts";

const day = Date.parse("2026-01-29T00:00:00Z");

it("names when a limit is reached only until it is", () => {
  let counts = noCounts;
  for (let n = 0; n < 30; n += 1) {
    counts = setCount(counts, { level: "minute", start: day + n * minuteMs }, 10);
  }
  const at = day + 31 * minuteMs;
  const status = (limit: number) => limitStatus({ limit, period: "day" }, [counts], at);
  expect(status(600)).toMatchObject({ used: 300, reachedAt: day + hourMs });
  expect(status(300).reachedAt).toBeUndefined();
  expect(status(20_000).reachedAt).toBeUndefined();
});
