import type { Broker } from "../../event/ports.ts";
import type { CallPolicy } from "../call/call.ts";
import { encodePart, queryText } from "../call/restCaller.ts";
import { crossRegionRetry, standardRetry } from "./clients.ts";
import { openDataPlane } from "./dataPlane.ts";
import { isUnreachable } from "./pauseWhenUnreachable.ts";

const acknowledged = queryText({ qos: 1 });

/**
 * The data plane of IoT Core in this region, or in another one if given.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
 */
export const iotBroker = (policy: CallPolicy = standardRetry, region?: string): Broker => {
  const call = openDataPlane(policy, region === undefined ? {} : { region });
  return {
    async publish(topic, payload) {
      await call("POST", `/topics/${encodePart(topic)}`, { query: acknowledged, body: payload });
    },
  };
};

/**
 * Returns whether the broker of a region responds: it publishes to a topic that no rule and
 * no device reads. A refusal is a response.
 */
export const brokerResponds = async (region: string): Promise<boolean> => {
  try {
    await iotBroker(crossRegionRetry, region).publish(healthTopic, new Uint8Array());
    return true;
  } catch (error) {
    return !isUnreachable(error);
  }
};

/** The topic of health checks, without subscribers. */
export const healthTopic = "health";
