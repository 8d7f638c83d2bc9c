import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";

it("includes the counts of another thread", async () => {
  const usageMeter = openUsageMeter();
  usageMeter.add("apiRequests", 1);
  const url = JSON.stringify(
    new URL("../../../local/platform/usageMeter.ts", import.meta.url).href,
  );
  const script = `
    const { workerData } = require("node:worker_threads");
    import(${url}).then(({ openUsageMeter }) => {
      const tally = openUsageMeter(workerData);
      tally.add("sqsSends", 2);
      tally.add("sqsSends", 0.5);
    });`;
  const worker = new Worker(script, { eval: true, workerData: usageMeter.memory });
  await new Promise((resolve, reject) => worker.once("exit", resolve).once("error", reject));

  const counts = usageMeter.read();
  expect(counts.get("sqsSends")).toBe(2.5);
  expect(counts.get("apiRequests")).toBe(1);
  expect(counts.get("sqsDeletes")).toBe(0);
});
