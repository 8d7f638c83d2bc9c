import { eventName } from "../../bench/system/system.ts";
import { findElsewhere } from "./findElsewhere.ts";
import type { Part } from "./part.ts";
import { publisherJob } from "./publisherJob.ts";

/** Events of devices, from the publish to the webhook. */
export const events: Part = {
  does: "events of devices, to the target of a webhook",
  units: "events",
  documented: {
    perSecond: 2_400,
    source: "Highest rate and overload: 2,400 events/s are steady",
  },
  seconds: 15,
  measured: "arrivals",
  async prepare({ ground, lanes }, startObserver) {
    const { port } = ground.target;
    const url = await startObserver({ kind: "target", port, unit: "payload" });
    const integrations = await Promise.all(
      lanes.map(({ tenant }) => ground.addWebhook(tenant, { event: eventName, url })),
    );
    const drivers = await Promise.all(lanes.map((one) => publisherJob(ground, one)));
    return { drivers, elsewhere: (round) => findElsewhere(ground, lanes, { integrations, round }) };
  },
};
