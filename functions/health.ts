import { openQueues, sqsHealthCheck } from "#shared/aws/event/queues.ts";
import { healthTopic, iotBroker } from "#shared/aws/platform/broker.ts";
import { failFast } from "#shared/aws/platform/clients.ts";
import { checkHealth, type HealthCheck } from "#shared/health/checkHealth.ts";
import { env } from "#shared/platform/env.ts";
import { healthRoutes } from "#shared/routes/healthRoutes.ts";
import { api, open } from "./edge/http/api.ts";
import { logger } from "./edge/logger.ts";

const names = env.health.parse(process.env);
const broker = iotBroker(failFast);

/** Publishes to a topic that no rule and no device reads. */
const brokerCheck: HealthCheck = {
  name: "broker",
  check: () => broker.publish(healthTopic, new Uint8Array()),
};

const health = checkHealth({
  region: names.AWS_REGION,
  checks: [
    brokerCheck,
    sqsHealthCheck(openQueues(failFast), names.EVENTS_QUEUE_URL, "events queue"),
  ],
  now: Date.now,
  onUnhealthy: (name, error) => logger.error("health check failed", { check: name, error }),
});

export const handler = api(healthRoutes, {
  health: open(async () => ({ ok: true, ...(await health()) })),
  receiveCanary: open(async ({ nonce }) => ({ ok: true, nonce, region: names.AWS_REGION })),
});
