import { eventName } from "../../bench/system/system.ts";
import type { Part } from "./part.ts";
import { publisherJob } from "./publisherJob.ts";

/** Events of devices, from the publish to a client that reads the event stream. */
export const streams: Part = {
  does: "events of devices, to a client of the event stream",
  units: "events",
  documented: {
    perSecond: 200,
    source: "Streams and calls: publish to event stream at 200 events/s",
  },
  seconds: 15,
  measured: "arrivals",
  async prepare({ ground, lanes }, startObserver) {
    const accounts = lanes.map(({ tenant: { token, product } }) => ({
      api: ground.api,
      token,
      product,
    }));
    await startObserver({ kind: "stream", event: eventName, accounts });
    return { drivers: await Promise.all(lanes.map((one) => publisherJob(ground, one))) };
  },
};
