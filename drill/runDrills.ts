import { inspect } from "node:util";
import type { Form } from "./checks.ts";
import { type CloudDeps, type CloudProcess, startCloudProcess } from "./cloud/cloudProcess.ts";
import { withContext } from "./context.ts";
import type { Drill, DrillResult } from "./drill.ts";
import { lateFactor } from "./load/waitFor.ts";
import { watchPages } from "./pageWatch.ts";
import type { Report } from "./report.ts";

/** Runs one cloud at a time. The next drill reuses it if its requirements are equal. */
export interface CloudPool {
  acquire(deps: CloudDeps): Promise<CloudProcess>;
  stop(): Promise<void>;
}

/** Creates an empty pool. */
export const createCloudPool = (log: (text: string) => void): CloudPool => {
  let current: { readonly key: string; readonly cloud: Promise<CloudProcess> } | undefined;
  const stop = async () => {
    const cloud = await current?.cloud.catch(() => undefined);
    current = undefined;
    await cloud?.stop();
  };
  return {
    async acquire(deps) {
      const key = JSON.stringify(deps);
      if (current?.key !== key) {
        await stop();
        log(`starting a cloud with ${deps.regions === 1 ? "one region" : "two regions"}`);
        current = { key, cloud: startCloudProcess(deps) };
      }
      return current.cloud;
    },
    stop,
  };
};

/** Runs one drill with a time limit. Stops the cloud if the drill is aborted. */
export const runDrill = async (drill: Drill, form: Form, clouds: CloudPool): Promise<Report> => {
  const { name, promise } = drill;
  const head = { drill: name, form, at: new Date().toISOString(), promise };
  let begun = performance.now();
  const took = () => Math.round((performance.now() - begun) / 1_000);
  try {
    const cloud = await clouds.acquire(drill.cloud);
    begun = performance.now();
    const found = await runWithTimeout(drill, form, cloud);
    const passed = found.checks.length > 0 && found.checks.every((check) => check.passed);
    return { ...head, passed, ...found, tookSeconds: took() };
  } catch (error) {
    await clouds.stop();
    return { ...head, passed: false, tookSeconds: took(), error: inspect(error) };
  }
};

/** Runs a drill, and adds the checks of its pages. The alarms end after all faults are cleared. */
const runWatched = async (drill: Drill, form: Form, cloud: CloudProcess): Promise<DrillResult> => {
  const pages = watchPages(cloud, drill.pages, form);
  await pages.settle();
  const result = await withContext(cloud, pages, (context) => drill.run(context, form));
  const { checks, details } = await pages.finish();
  return {
    ...result,
    checks: [...result.checks, ...checks],
    details: { ...result.details, ...details },
  };
};

const runWithTimeout = (drill: Drill, form: Form, cloud: CloudProcess): Promise<DrillResult> => {
  const seconds = drill.secondsMax[form] * lateFactor;
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new Error(`the drill exceeded ${seconds} s`)),
    seconds * 1_000,
  );
  const run = runWatched(drill, form, cloud);
  // After a timeout or exit of the cloud, ignore errors of the drill that still runs.
  run.catch(() => {});
  return Promise.race([run, cloud.ended, timeout.promise]).finally(() => clearTimeout(timer));
};
