import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  IoTClient,
} from "@aws-sdk/client-iot";
import type { Registry } from "../ports.ts";
import { patience } from "./clients.ts";

/** IoT Core's registry in this region. Every device gets the same policy, which knows it by its thing. */
export const iotRegistry = (policyName: string): Registry => {
  const iot = new IoTClient(patience);
  return {
    async provision(device, fleet) {
      await iot.send(
        new CreateThingCommand({ thingName: device, attributePayload: { attributes: { fleet } } }),
      );
      const made = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
      const { certificateArn, certificatePem, keyPair } = made;
      if (!certificateArn || !certificatePem || !keyPair?.PrivateKey) {
        throw new Error("IoT Core made a certificate without its parts");
      }
      await iot.send(new AttachPolicyCommand({ policyName, target: certificateArn }));
      await iot.send(
        new AttachThingPrincipalCommand({ thingName: device, principal: certificateArn }),
      );
      return { certificate: certificatePem, privateKey: keyPair.PrivateKey };
    },
  };
};
