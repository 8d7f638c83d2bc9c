import { inspect } from "node:util";
import { type CloudDeps, type CloudProcess, startCloudProcess } from "./cloudProcess.ts";
import type { Drill, Form, Found } from "./drill.ts";
import { patience } from "./patience.ts";
import type { Report } from "./report.ts";
import { onStage } from "./stage.ts";

/** Clouds for drills: one at a time, which the next drill gets too when it needs the same. */
export interface Clouds {
  take(deps: CloudDeps): Promise<CloudProcess>;
  stop(): Promise<void>;
}

export const openClouds = (say: (text: string) => void): Clouds => {
  let current: { readonly key: string; readonly cloud: Promise<CloudProcess> } | undefined;
  const stop = async () => {
    const cloud = await current?.cloud.catch(() => undefined);
    current = undefined;
    await cloud?.stop();
  };
  return {
    async take(deps) {
      const key = JSON.stringify(deps);
      if (current?.key !== key) {
        await stop();
        say(`starting a cloud of ${deps.regions === 1 ? "one region" : "two regions"}`);
        current = { key, cloud: startCloudProcess(deps) };
      }
      return current.cloud;
    },
    stop,
  };
};

/** Runs one drill to its end, or as long as it may take. A cloud that it did not leave well is not used again. */
export const runDrill = async (drill: Drill, form: Form, clouds: Clouds): Promise<Report> => {
  const { name, promise } = drill;
  const head = { drill: name, form, at: new Date().toISOString(), promise };
  let begun = performance.now();
  const took = () => Math.round((performance.now() - begun) / 1_000);
  try {
    const cloud = await clouds.take(drill.cloud);
    begun = performance.now();
    const found = await bounded(drill, form, cloud);
    const held = found.checks.length > 0 && found.checks.every((check) => check.held);
    return { ...head, held, ...found, tookSeconds: took() };
  } catch (error) {
    await clouds.stop();
    return { ...head, held: false, tookSeconds: took(), error: inspect(error) };
  }
};

const bounded = (drill: Drill, form: Form, cloud: CloudProcess): Promise<Found> => {
  const seconds = drill.secondsMax[form] * patience;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it takes longer than ${seconds} s`)),
    seconds * 1_000,
  );
  const run = onStage(cloud, (stage) => drill.run(stage, form));
  // When the cloud ends or time is up, whatever the drill still does fails in silence.
  run.catch(() => {});
  return Promise.race([run, cloud.ended, late.promise]).finally(() => clearTimeout(timer));
};
