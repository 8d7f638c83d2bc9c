import { iotBroker } from "#shared/aws/platform/broker.ts";
import { publishEvent } from "#shared/event/publishEvent.ts";
import { env } from "#shared/platform/env.ts";
import { publishRoutes } from "#shared/routes/publishRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api } from "./edge/http/api.ts";

const names = env.publish.parse(process.env);
const { withToken } = openCallers(names);
const broker = iotBroker();

export const handler = api(publishRoutes, {
  publishEvent: withToken(async (input, { fleet }, { hops }) => {
    await publishEvent(fleet, input, { broker, now: Date.now, hops });
    return { ok: true };
  }),
});
