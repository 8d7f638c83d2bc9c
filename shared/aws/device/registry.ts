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
  type IoTClientConfig,
  ResourceAlreadyExistsException,
  ThrottlingException,
  UpdateThingCommand,
} from "@aws-sdk/client-iot";
import type { Credentials, Registry } from "../../device/registry/registry.ts";
import { Failure } from "../../platform/failure.ts";
import { crossRegionRetry, standardRetry } from "../platform/clients.ts";
import { pauseWhenUnreachable } from "../platform/pauseWhenUnreachable.ts";
import { alignCertificates } from "./alignCertificates.ts";
import { register } from "./registerCertificate.ts";

/** The IoT Core registries of all regions: this region's first. */
export const iotRegistries = (
  { region, regions }: { region: string; regions: readonly string[] },
  policyName: string,
): readonly [Registry, ...Registry[]] => [
  iotRegistry(region, policyName),
  ...regions
    .filter((other) => other !== region)
    .map((other) => iotRegistry(other, policyName, crossRegionRetry)),
];

/**
 * The IoT Core registry of one region. All devices share one policy, which uses variables of the
 * thing.
 */
const iotRegistry = (
  region: string,
  policyName: string,
  waiting: Pick<IoTClientConfig, "maxAttempts" | "requestHandler"> = standardRetry,
): Registry => {
  const iot = new IoTClient({ ...waiting, region });
  const asking = pauseWhenUnreachable(`IoT Core in ${region}`);
  let endpoint: string | undefined;
  /** Idempotent. */
  const attach = async (device: string, arn: string): Promise<void> => {
    await iot.send(new AttachPolicyCommand({ policyName, target: arn }));
    await iot.send(new AttachThingPrincipalCommand({ thingName: device, principal: arn }));
  };
  const move = async (device: string, fleet: string): Promise<void> => {
    const attributePayload = { attributes: { fleet }, merge: true };
    await iot.send(new UpdateThingCommand({ thingName: device, attributePayload }));
  };
  return {
    region,

    provision: (device, fleet, signingRequest) =>
      unlessThrottled(async () => {
        const { arn, ...credentials } = await certificate(iot, signingRequest);
        await createThing(iot, device, fleet);
        await attach(device, arn);
        return credentials;
      }),

    admit: (device, fleet, pem) =>
      asking(async () => {
        const { arn } = await register(iot, pem);
        const isElsewhere = !(await createThing(iot, device, fleet));
        if (isElsewhere) await move(device, fleet);
        await attach(device, arn);
        return isElsewhere;
      }),

    move: (device, fleet) => asking(() => move(device, fleet)),

    issue: (signingRequest) =>
      unlessThrottled(async () => {
        const { arn: _, ...credentials } = await certificate(iot, signingRequest);
        return credentials;
      }),

    align: (device, fleet, desired) =>
      asking(async () => {
        const isMoved = !(await createThing(iot, device, fleet));
        if (isMoved) await move(device, fleet);
        await alignCertificates(iot, { device, policyName, desired });
        return isMoved;
      }),

    endpoint: () =>
      asking(async () => {
        endpoint ??= await findEndpoint(iot);
        return endpoint;
      }),
  };
};

/** Throttling by the account's quota, after the SDK's retries, is a planned failure. */
const unlessThrottled = async <Done>(work: () => Promise<Done>): Promise<Done> => {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof ThrottlingException)) throw cause;
    throw new Failure("IoT Core throttles the creation of devices. Repeat the request later.", {
      code: "too_many_requests",
      cause,
    });
  }
};

/** Returns `false` if the thing exists in another fleet. */
const createThing = async (iot: IoTClient, device: string, fleet: string): Promise<boolean> => {
  const attributePayload = { attributes: { fleet } };
  try {
    await iot.send(new CreateThingCommand({ thingName: device, attributePayload }));
    return true;
  } catch (error) {
    if (error instanceof ResourceAlreadyExistsException) return false;
    throw error;
  }
};

/** Creates a certificate for the key of the request, or for a new key. */
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

/** The address is a host name on AWS, and has a port in the local cloud. */
const findEndpoint = async (iot: IoTClient): Promise<string> => {
  const { endpointAddress } = await iot.send(
    new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
  );
  if (!endpointAddress) throw new Error("IoT Core has no endpoint");
  return `mqtts://${endpointAddress}${endpointAddress.includes(":") ? "" : ":8883"}`;
};

const amazonRoot = "Amazon Root CA 1";

/**
 * The certificate authority of the broker, in PEM: for the setting `amazon` the root certificate
 * that Node ships, otherwise the setting itself.
 * https://docs.aws.amazon.com/iot/latest/developerguide/server-authentication.html
 */
export const brokerAuthority = (setting: string): string => {
  if (setting !== "amazon") return setting;
  const found = rootCertificates.find((pem) =>
    new X509Certificate(pem).subject.split("\n").includes(`CN=${amazonRoot}`),
  );
  if (found === undefined) throw new Error(`Node does not know ${amazonRoot}`);
  return `${found.trim()}\n`;
};
