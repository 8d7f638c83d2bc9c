import * as z from "zod";
import { eventName } from "../../bench/system/system.ts";
import type { Ground, Tenant } from "../cloud/ground.ts";
import { deadLetterPath } from "../process/letterListObserver.ts";
import type { Part } from "./part.ts";
import { publisherJob } from "./publisherJob.ts";

const created = z.object({ id: z.string() });

/**
 * A webhook whose requests cannot be made, because a field of the event is no HTTP method: its
 * events become dead letters without an attempt, so that no circuit breaker opens.
 */
export const addUnsendable = async (
  ground: Ground,
  { token, product }: Tenant,
  { event, url }: { event: string; url: string },
): Promise<string> => {
  const path = `/v1/products/${product}/integrations`;
  const webhook = { event, url, integration_type: "Webhook", requestType: "{{firmware}}" };
  return created.parse(await ground.ask({ token }, "POST", path, webhook)).id;
};

/** Deliveries that end as dead letters, until the API lists them. */
export const deadLetters: Part = {
  does: "events whose delivery ends as a dead letter, until the API lists it",
  units: "dead letters",
  documented: { perSecond: 200, source: "Load at five times: dead letters" },
  seconds: 10,
  measured: "arrivals",
  async prepare({ ground, lanes }, startObserver) {
    const url = ground.target.publicUrl ?? "http://127.0.0.1:9/";
    const lists = [];
    for (const { tenant } of lanes) {
      const integration = await addUnsendable(ground, tenant, { event: eventName, url });
      const { token, product } = tenant;
      lists.push({ api: ground.api, token, path: deadLetterPath({ product, integration }) });
    }
    await startObserver({ kind: "letterList", lists });
    const drivers = [];
    for (const lane of lanes) drivers.push(await publisherJob(ground, lane));
    return { drivers };
  },
};
