import { inspect } from "node:util";
import { type CloudDeps, type CloudProcess, startCloudProcess } from "./cloud/cloudProcess.ts";
import { withContext } from "./context.ts";
import type { Drill, DrillResult, Form } from "./drill.ts";
import { lateFactor } from "./load/waitFor.ts";
import type { Report } from "./report.ts";

/** Clouds for drills: one at a time, which the next drill gets too when it needs the same. */
export interface CloudPool {
  acquire(deps: CloudDeps): Promise<CloudProcess>;
  stop(): Promise<void>;
}

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
        log(`starting a cloud of ${deps.regions === 1 ? "one region" : "two regions"}`);
        current = { key, cloud: startCloudProcess(deps) };
      }
      return current.cloud;
    },
    stop,
  };
};

/** Runs one drill to its end, or as long as it may take. A cloud that it did not leave well is not used again. */
export const runDrill = async (drill: Drill, form: Form, clouds: CloudPool): Promise<Report> => {
  const { name, promise } = drill;
  const head = { drill: name, form, at: new Date().toISOString(), promise };
  let begun = performance.now();
  const took = () => Math.round((performance.now() - begun) / 1_000);
  try {
    const cloud = await clouds.acquire(drill.cloud);
    begun = performance.now();
    const found = await bounded(drill, form, cloud);
    const passed = found.checks.length > 0 && found.checks.every((check) => check.passed);
    return { ...head, passed, ...found, tookSeconds: took() };
  } catch (error) {
    await clouds.stop();
    return { ...head, passed: false, tookSeconds: took(), error: inspect(error) };
  }
};

const bounded = (drill: Drill, form: Form, cloud: CloudProcess): Promise<DrillResult> => {
  const seconds = drill.secondsMax[form] * lateFactor;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it takes longer than ${seconds} s`)),
    seconds * 1_000,
  );
  const run = withContext(cloud, (context) => drill.run(context, form));
  // When the cloud ends or time is up, whatever the drill still does fails in silence.
  run.catch(() => {});
  return Promise.race([run, cloud.ended, late.promise]).finally(() => clearTimeout(timer));
};
