import type { Broker } from "../../event/ports.ts";
import { type CallPolicy, openCaller } from "../call/call.ts";
import { openEndpoint } from "../call/endpoint.ts";
import { standardRetry } from "./clients.ts";

/**
 * The data plane of IoT Core in this region.
 * https://docs.aws.amazon.com/iot/latest/apireference/API_iotdata_Publish.html
 */
export const iotBroker = (policy: CallPolicy = standardRetry): Broker => {
  const caller = openCaller("iotdata", policy);
  const endpoint = openEndpoint("IOT_DATA_PLANE", "data-ats.iot");
  return {
    async publish(topic, payload) {
      await caller.send(endpoint(), {
        method: "POST",
        path: `/topics/${encoded(topic)}`,
        query: "qos=1",
        headers: { "content-type": "application/octet-stream" },
        body: payload,
      });
    },
  };
};

/** Every reserved character of RFC 3986 is encoded: Signature Version 4 requires it. */
const encoded = (topic: string): string =>
  encodeURIComponent(topic).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
