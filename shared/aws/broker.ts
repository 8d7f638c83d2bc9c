import {
  GetConnectionCommand,
  IoTDataPlaneClient,
  PublishCommand,
  ResourceNotFoundException,
} from "@aws-sdk/client-iot-data-plane";
import type { Broker } from "../ports.ts";
import { patience } from "./clients.ts";

/** IoT Core's data plane in this region. */
export const iotBroker = (): Broker => {
  const iot = new IoTDataPlaneClient(patience);
  return {
    async publish(topic, payload) {
      await iot.send(new PublishCommand({ topic, payload, qos: 1 }));
    },

    async presence(device) {
      try {
        const { connected = false, connectedSince } = await iot.send(
          new GetConnectionCommand({ clientId: device }),
        );
        return { connected, ...(connectedSince !== undefined && { since: connectedSince }) };
      } catch (error) {
        // IoT Core forgets a client half an hour after it went.
        if (error instanceof ResourceNotFoundException) return { connected: false };
        throw error;
      }
    },
  };
};
