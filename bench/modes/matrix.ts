import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { createArrivals } from "../latency/arrivals.ts";
import { type Measurement, measure, warmUp } from "../latency/measure.ts";
import { openPublishers, type Publishers } from "../latency/publishers.ts";
import { summaryOf } from "../latency/rates.ts";
import { openStream } from "../latency/stream.ts";
import { type CaseResult, matrixSection } from "../report/matrixSection.ts";
import { addWebhook } from "../system/api.ts";
import { baselineKind } from "../system/baseline.ts";
import { type CloudSystem, startCloud } from "../system/cloud.ts";
import { addFleets } from "../system/fleets.ts";
import { eventName } from "../system/system.ts";
import { startTarget } from "../system/target.ts";
import type { Mode } from "./mode.ts";

/** One case of the matrix: it differs from the base case in one factor. */
interface Case {
  readonly name: string;
  readonly publishers: Publishers;
  readonly event?: string;
  /** Prepares one round and returns the end of the preparation. */
  prepare?(): Promise<{ close(): Promise<void> }>;
}

/** Events whose target answers with an empty body. */
const emptyBodyEvent = "empty";
const addingMax = 10;

/**
 * Measures the base case (state on disk, few devices, one integration, one fleet, a response with a
 * body) and cases that differ in one factor. The cases of a group alternate; the last groups change
 * the state of the cloud and have the base case in them again.
 */
export const matrix: Mode = async (options, log) => {
  const { rate, seconds, rounds } = options;
  const arrivals = createArrivals();
  const routes = [
    { event: eventName, url: (await startTarget(arrivals)).url },
    { event: emptyBodyEvent, url: (await startTarget(arrivals, "")).url },
  ];
  log("starting the systems");
  const cloud = await startCloud(routes, options.place);
  const baseline = openPublishers(await baselineKind.start(routes));
  const base = openPublishers(cloud);
  const measureGroup = async (cases: readonly Case[]): Promise<CaseResult[]> => {
    const measured = new Map<string, Measurement[]>(cases.map(({ name }) => [name, []]));
    for (const { publishers, event } of cases) {
      await measure(publishers, arrivals, { ...warmUp, rate, ...(event && { event }) });
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, publishers, event, prepare } of cases) {
        const prepared = await prepare?.();
        const load = { rate, seconds, ...(event && { event }) };
        measured.get(name)?.push(await measure(publishers, arrivals, load));
        await prepared?.close();
      }
    }
    return [...measured].map(([name, all]) => ({ name, ...summaryOf(all, arrivals) }));
  };
  log("devices and response body");
  const results = await measureGroup([
    { name: "base case", publishers: base },
    { name: "response without a body", publishers: base, event: emptyBodyEvent },
    { name: `${options.devices} devices`, publishers: openPublishers(cloud, options.devices) },
    { name: baselineKind.name, publishers: baseline },
    {
      name: `${baselineKind.name}, response without a body`,
      publishers: baseline,
      event: emptyBodyEvent,
    },
  ]);
  if (options.place !== "memory") {
    log("state in memory");
    const inMemory = await startCloud(routes, "memory");
    const publishers = openPublishers(inMemory);
    results.push(...(await measureGroup([{ name: "state in memory", publishers }])));
    await publishers.stop();
    await inMemory.stop();
  }
  log("event stream");
  const prepare = () => openStream(cloud.api);
  results.push(
    ...(await measureGroup([{ name: "an event stream is open", publishers: base, prepare }])),
  );
  log(`${options.integrations} integrations`);
  await addOtherIntegrations(cloud, options.integrations - routes.length);
  const many = { name: `${options.integrations} integrations`, publishers: base };
  results.push(...(await measureGroup([many])));
  log(`${options.fleets} fleets`);
  const fleets = await addFleets(cloud, options.fleets, routes);
  const ofFleets = openPublishers(fleets, options.fleets);
  results.push(
    ...(await measureGroup([{ name: `${options.fleets} fleets`, publishers: ofFleets }])),
  );
  return { data: { rate, cases: results }, sections: [matrixSection(results, rate)] };
};

/** Adds webhooks for events that no device publishes. */
const addOtherIntegrations = async (cloud: CloudSystem, number: number): Promise<void> => {
  const names = Array.from({ length: Math.max(0, number) }, (_, i) => `other${i}`);
  const url = "http://127.0.0.1:9/";
  await mapConcurrently(names, addingMax, (event) => addWebhook(cloud.api, { event, url }));
};
