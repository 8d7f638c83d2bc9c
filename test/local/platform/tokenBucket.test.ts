import fc from "fast-check";
import { expect, it } from "vitest";
import { tokenBucket } from "../../../local/platform/tokenBucket.ts";

it("admits a burst, then the rate", () => {
  let time = 0;
  const admit = tokenBucket({ perSecond: 10, burst: 3, now: () => time });
  const admitted = () => Array.from({ length: 5 }, admit).filter(Boolean).length;
  expect(admitted()).toBe(3);
  time += 100;
  expect(admitted()).toBe(1);
  time += 60_000;
  expect(admitted()).toBe(3);
});

it("never admits more than a burst and the rate", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { maxLength: 200 }), (steps) => {
      let time = 0;
      const admit = tokenBucket({ perSecond: 5, burst: 4, now: () => time });
      const passed = steps.filter((step) => {
        time += step;
        return admit();
      });
      expect(passed.length).toBeLessThanOrEqual(4 + (time / 1_000) * 5 + 1e-6);
    }),
  );
});

it("continues at its rate when the clock is set back", () => {
  let time = 3_600_000;
  const admit = tokenBucket({ perSecond: 10, burst: 3, now: () => time });
  for (let i = 0; i < 3; i += 1) admit();
  time = 0;
  expect(admit()).toBe(false);
  time += 100;
  expect(admit()).toBe(true);
});
