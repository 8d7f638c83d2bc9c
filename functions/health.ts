import * as z from "zod";
import { iotBroker } from "#shared/aws/broker.ts";
import { impatience } from "#shared/aws/clients.ts";
import { openQueues, sqsVital } from "#shared/aws/queues.ts";
import { env } from "#shared/env.ts";
import { checkHealth } from "#shared/health/checkHealth.ts";
import type { Vital } from "#shared/ports.ts";
import { api, open } from "./edge/api.ts";
import { logger } from "./edge/logger.ts";

const names = env.health.parse(process.env);
const broker = iotBroker(impatience);

/** No rule and no device reads this topic. */
const takesMessages: Vital = {
  name: "broker",
  ask: () => broker.publish("health", new Uint8Array()),
};

const health = checkHealth({
  region: names.AWS_REGION,
  vitals: [takesMessages, sqsVital(openQueues(impatience), names.EVENTS_QUEUE_URL, "events queue")],
  now: Date.now,
  onSilence: (what, error) => logger.error("no answer", { what, error }),
});

export const handler = api<"health">({
  "GET /v1/health": open(z.object({}), async () => ({ ok: true, ...(await health()) })),
});
