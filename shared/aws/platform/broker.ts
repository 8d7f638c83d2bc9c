import type { Broker } from "../../event/ports.ts";
import type { CallPolicy } from "../call/call.ts";
import { encodePart } from "../call/restCaller.ts";
import { standardRetry } from "./clients.ts";
import { openDataPlane } from "./dataPlane.ts";

/**
 * The data plane of IoT Core in this region.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
 */
export const iotBroker = (policy: CallPolicy = standardRetry): Broker => {
  const call = openDataPlane(policy);
  return {
    async publish(topic, payload) {
      await call("POST", `/topics/${encodePart(topic)}`, { query: { qos: 1 }, body: payload });
    },
  };
};
