import {
  IoTDataPlaneClient,
  type IoTDataPlaneClientConfig,
  PublishCommand,
} from "@aws-sdk/client-iot-data-plane";
import type { Broker } from "../../event/ports.ts";
import { standardRetry } from "./clients.ts";

/** The data plane of IoT Core in this region. */
export const iotBroker = (
  waiting: Pick<IoTDataPlaneClientConfig, "maxAttempts" | "requestHandler"> = standardRetry,
): Broker => {
  const iot = new IoTDataPlaneClient(waiting);
  return {
    async publish(topic, payload) {
      await iot.send(new PublishCommand({ topic, payload, qos: 1 }));
    },
  };
};
