import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DescribeEndpointCommand,
  InvalidRequestException,
  IoTClient,
  UpdateThingCommand,
} from "@aws-sdk/client-iot";
import { Failure } from "../failure.ts";
import type { Credentials, Registry } from "../ports.ts";
import { patience } from "./clients.ts";

/** IoT Core's registry in this region. Every device gets the same policy, which knows it by its thing. */
export const iotRegistry = (policyName: string): Registry => {
  const iot = new IoTClient(patience);
  let endpoint: Promise<string> | undefined;
  return {
    async provision(device, fleet, signingRequest) {
      const made = await certificate(iot, signingRequest);
      await iot.send(
        new CreateThingCommand({ thingName: device, attributePayload: { attributes: { fleet } } }),
      );
      const { arn, ...credentials } = made;
      await iot.send(new AttachPolicyCommand({ policyName, target: arn }));
      await iot.send(new AttachThingPrincipalCommand({ thingName: device, principal: arn }));
      return credentials;
    },

    async move(device, fleet) {
      const attributePayload = { attributes: { fleet }, merge: true };
      await iot.send(new UpdateThingCommand({ thingName: device, attributePayload }));
    },

    async endpoint() {
      endpoint ??= findEndpoint(iot);
      try {
        return await endpoint;
      } catch (error) {
        endpoint = undefined;
        throw error;
      }
    },
  };
};

/** A certificate of the request's key, or of a new one. */
const certificate = async (
  iot: IoTClient,
  signingRequest: string | undefined,
): Promise<Credentials & { arn: string }> => {
  if (signingRequest !== undefined) return parts(await signed(iot, signingRequest));
  const made = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
  const privateKey = made.keyPair?.PrivateKey;
  if (privateKey === undefined) throw new Error("IoT Core made a certificate without its key");
  return { ...parts(made), privateKey };
};

const parts = ({ certificateArn: arn, certificatePem: certificate }: CertificateParts) => {
  if (!arn || !certificate) throw new Error("IoT Core made a certificate without its parts");
  return { arn, certificate };
};

interface CertificateParts {
  readonly certificateArn?: string | undefined;
  readonly certificatePem?: string | undefined;
}

const signed = async (iot: IoTClient, certificateSigningRequest: string) => {
  try {
    return await iot.send(
      new CreateCertificateFromCsrCommand({ certificateSigningRequest, setAsActive: true }),
    );
  } catch (cause) {
    if (!(cause instanceof InvalidRequestException)) throw cause;
    throw new Failure(`csr: ${cause.message}`, { code: "invalid_request", cause });
  }
};

/** A host name on AWS; with a port on one machine. */
const findEndpoint = async (iot: IoTClient): Promise<string> => {
  const { endpointAddress } = await iot.send(
    new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
  );
  if (!endpointAddress) throw new Error("IoT Core has no endpoint");
  return `mqtts://${endpointAddress}${endpointAddress.includes(":") ? "" : ":8883"}`;
};

const amazonRoot = "Amazon Root CA 1";

/**
 * The certificate that signed the broker's, in PEM: for the setting `amazon` its root, which Node ships, or else
 * the setting itself. https://docs.aws.amazon.com/iot/latest/developerguide/server-authentication.html
 */
export const brokerAuthority = (setting: string): string => {
  if (setting !== "amazon") return setting;
  const found = rootCertificates.find((pem) =>
    new X509Certificate(pem).subject.split("\n").includes(`CN=${amazonRoot}`),
  );
  if (found === undefined) throw new Error(`Node does not know ${amazonRoot}`);
  return `${found.trim()}\n`;
};
