import { type IotControl, openIotControl } from "../call/iotControl.ts";
import { failFast } from "../platform/clients.ts";

/** The MQTT endpoint of a region. The address is a host name on AWS, and has a port locally. */
export const findMqttEndpoint = async (
  iot: Pick<IotControl, "describeEndpoint">,
): Promise<string> => {
  const address = await iot.describeEndpoint();
  return `mqtts://${address}${address.includes(":") ? "" : ":8883"}`;
};

/**
 * Looks up the MQTT endpoint of this region, once. While IoT Core's control plane does not respond,
 * the endpoint is `known`: connections do not depend on it.
 */
export const mqttEndpoint = (): ((known: string) => Promise<string>) => {
  const iot = openIotControl(failFast);
  let found: string | undefined;
  return async (known) => {
    try {
      found ??= await findMqttEndpoint(iot);
    } catch {
      return known;
    }
    return found;
  };
};
