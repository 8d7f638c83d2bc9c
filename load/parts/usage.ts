import type { Part } from "./part.ts";
import { publisherJob } from "./publisherJob.ts";

/**
 * Events of devices, until the usage of their fleet has counted them. The meter counts units and
 * not their numbers: the unit of rank n arrives when n + 1 data operations are counted.
 */
export const usage: Part = {
  does: "events of devices, until the usage of their fleet has counted each of them once",
  units: "events",
  documented: {
    perSecond: 200,
    source: "Processor time and latency: 200 events/s, one data operation each",
  },
  seconds: 10,
  unitsMax: 100_000,
  measured: "arrivals",
  quietMs: 150_000,
  async prepare({ ground, lanes }, startObserver) {
    const accounts = lanes.map(({ tenant: { token, product } }) => ({
      api: ground.api,
      token,
      product,
    }));
    await startObserver({ kind: "usage", accounts });
    const drivers = [];
    for (const lane of lanes) drivers.push(await publisherJob(ground, lane));
    return { drivers };
  },
};
