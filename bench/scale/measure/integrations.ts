import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  dynamoIntegrationMatchers,
  dynamoIntegrations,
} from "#shared/aws/delivery/integrations.ts";
import { dynamoRoutingChanges } from "#shared/aws/delivery/routingChanges.ts";
import { integrationsPerFleetMax } from "#shared/integration/limits.ts";
import { integrationCache } from "#shared/integration/model/integrationCache.ts";
import { integrationsFreshMs, routingSettleMs } from "#shared/integration/model/limits.ts";
import { matching } from "#shared/integration/model/match.ts";
import { routingVersions } from "#shared/integration/model/routingVersions.ts";
import type { Secrets } from "#shared/platform/secrets.ts";
import { deliveryOf, integrationOf, modelTime } from "../model/samples.ts";
import { type Measure, medianMsOf, msOf, type Point } from "./scaleResult.ts";
import { startServices } from "./services.ts";

const times = 9;
const warmEvents = 20_000;

const series = [
  { name: "event, fleet is cached", unit: "µs", isPlotted: true },
  { name: "first event of a fleet, each integration", unit: "µs", isPlotted: true },
  { name: "list of a fleet, each integration", unit: "µs", isPlotted: true },
  { name: "memory of a worker, each integration", unit: "bytes", isPlotted: true },
];

/** Secrets that are not encrypted: reading the matcher of an integration needs none. */
const secrets: Secrets = {
  seal: async (text) => text,
  open: async (text) => text,
  complete: async () => undefined,
};

/** Matches events with more and more integrations, in fleets of at most 100. */
export const measureIntegrations: Measure = async (numbers, { log, deadline }) => {
  const { db, newTable } = await startServices();
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  const points: Point[] = [];
  // The first round compiles the code, and is measured again.
  for (const [round, number] of [numbers[0] ?? 1, ...numbers].entries()) {
    if (performance.now() > deadline) break;
    log(`${number} integrations`);
    const table = await newTable(`integrations-${round}`);
    const stored = dynamoIntegrations(db, table, secrets);
    const perFleet = Math.min(number, integrationsPerFleetMax);
    const fleets = Array.from({ length: number / perFleet }, (_, n) => `p${n}`);
    for (const fleet of fleets) {
      for (let n = 0; n < perFleet; n += 1) await stored.add(webhook(fleet, n));
    }
    const matchers = dynamoIntegrationMatchers(db, table);
    const cache = integrationCache({
      integrations: matchers,
      versions: routingVersions({
        changes: dynamoRoutingChanges(db, table),
        now,
        onError: (error) => log(String(error)),
      }),
      now,
      onStale: () => {},
      onUnreadable: () => {},
    });
    const before = heapBytes();
    const coldMs = await msOf(async () => {
      for (const fleet of fleets) await cache.ofFleet(fleet);
    });
    const memory = heapBytes() - before;
    // Fleets that have just changed are read every second for a while: not the usual case.
    for (const ms of [integrationsFreshMs, routingSettleMs + integrationsFreshMs]) {
      aheadMs += ms;
      for (const fleet of fleets) await cache.ofFleet(fleet);
    }
    let matched = 0;
    const warmMs = await msOf(async () => {
      for (let n = 0; n < warmEvents; n += 1) {
        const fleet = fleets[n % fleets.length] ?? "";
        const { known } = await cache.ofFleet(fleet);
        const event = { ...deliveryOfFleet, fleet, name: eventName(n % perFleet) };
        matched += matching(known, event).length;
      }
    });
    if (matched !== warmEvents) throw new Error(`${matched} of ${warmEvents} events matched`);
    const listMs = await medianMsOf(times, () => matchers.fleetRouting(fleets[0] ?? ""));
    const values = [
      (warmMs / warmEvents) * 1e3,
      (coldMs / number) * 1e3,
      (listMs / perFleet) * 1e3,
      // Of fewer, it is less than other objects.
      number < integrationsPerFleetMax * 100 ? undefined : memory / number,
    ];
    if (round > 0) points.push({ number, values });
  }
  return {
    of: "integrations of all fleets",
    series,
    points,
    note: `Fleets of at most ${integrationsPerFleetMax} integrations, which is the limit; each event matches one of them. Without the queue and the target. With one integration, the time of a request to the table is that of one integration.`,
  };
};

const deliveryOfFleet = deliveryOf("p0", 1).event;

/** None is the beginning of another one. */
const eventName = (n: number): string => `temperature-${String(n).padStart(3, "0")}`;

const webhook = (fleet: string, n: number) => ({
  kind: "Webhook" as const,
  id: integrationOf(`${fleet} ${n}`),
  fleet,
  event: eventName(n),
  name: `temperature ${n}`,
  url: `https://example.com/events/${n}`,
  requestType: "POST" as const,
  noDefaults: false,
  rejectUnauthorized: true,
  disabled: false,
  createdAt: new Date(modelTime).toISOString(),
});

/** The memory of live objects, after a garbage collection. */
const heapBytes = (): number => {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
};
