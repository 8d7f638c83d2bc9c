import type { Page } from "playwright-core";
import { percentile } from "../statistics.ts";

/** Times between two frames of a page, in ms. */
export interface Frames {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** The share of frames that took longer than 50 ms. */
  readonly slow: number;
}

/** A person sees a pause of this length. */
const slowMs = 50;

/** Measures the frames of a page while `work` runs. */
export const measureFrames = async (page: Page, work: () => Promise<void>): Promise<Frames> => {
  await page.evaluate(startOnPage);
  await work();
  const times = await page.evaluate(stopOnPage);
  return {
    count: times.length,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    p99: percentile(times, 0.99),
    max: Math.max(0, ...times),
    slow: times.filter((ms) => ms > slowMs).length / Math.max(1, times.length),
  };
};

/** Runs in the page, as text: this program has no types of a browser. */
const startOnPage = `(() => {
  const times = [];
  let before = performance.now();
  let isRunning = true;
  const step = (now) => {
    times.push(now - before);
    before = now;
    if (isRunning) requestAnimationFrame(step);
  };
  requestAnimationFrame((now) => {
    before = now;
    requestAnimationFrame(step);
  });
  globalThis.stopFrames = () => {
    isRunning = false;
    return times;
  };
})()`;

const stopOnPage = (): number[] => {
  const stop: unknown = Reflect.get(globalThis, "stopFrames");
  if (typeof stop !== "function") throw new Error("frames are not measured");
  return stop();
};
