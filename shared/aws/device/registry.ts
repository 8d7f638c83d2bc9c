import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import type { Credentials, Registry } from "../../device/registry/registry.ts";
import { Failure } from "../../platform/failure.ts";
import { type CallPolicy, isServiceError } from "../call/call.ts";
import { type IotControl, openIotControl } from "../call/iotControl.ts";
import { crossRegionRetry, standardRetry } from "../platform/clients.ts";
import { pauseWhenUnreachable } from "../platform/pauseWhenUnreachable.ts";
import { alignCertificates } from "./alignCertificates.ts";
import { findMqttEndpoint } from "./mqttEndpoint.ts";
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
  policy: CallPolicy = standardRetry,
): Registry => {
  const iot = openIotControl(policy, region);
  const asking = pauseWhenUnreachable(`IoT Core in ${region}`);
  let endpoint: string | undefined;
  /** Idempotent. */
  const attach = async (device: string, arn: string): Promise<void> => {
    await iot.attachPolicy(policyName, arn);
    await iot.attachThing(device, arn);
  };
  const move = (device: string, fleet: string): Promise<void> => iot.updateThing(device, { fleet });
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
        endpoint ??= await findMqttEndpoint(iot);
        return endpoint;
      }),
  };
};

/** Throttling by the account's quota, after the retries, is a planned failure. */
const unlessThrottled = async <Done>(work: () => Promise<Done>): Promise<Done> => {
  try {
    return await work();
  } catch (cause) {
    if (!isServiceError(cause, "ThrottlingException")) throw cause;
    throw new Failure("IoT Core throttles the creation of devices. Repeat the request later.", {
      code: "too_many_requests",
      cause,
    });
  }
};

/** Returns `false` if the thing exists in another fleet. */
const createThing = async (iot: IotControl, device: string, fleet: string): Promise<boolean> => {
  try {
    await iot.createThing(device, { fleet });
    return true;
  } catch (error) {
    if (isServiceError(error, "ResourceAlreadyExistsException")) return false;
    throw error;
  }
};

/** Creates a certificate for the key of the request, or for a new key. */
const certificate = async (
  iot: IotControl,
  signingRequest: string | undefined,
): Promise<Credentials & { arn: string }> => {
  if (signingRequest !== undefined) {
    const { certificateArn, certificatePem } = await signed(iot, signingRequest);
    return { arn: certificateArn, certificate: certificatePem };
  }
  const { certificateArn, certificatePem, privateKey } = await iot.createKeysAndCertificate();
  return { arn: certificateArn, certificate: certificatePem, privateKey };
};

const signed = async (iot: IotControl, signingRequest: string) => {
  try {
    return await iot.createCertificate(signingRequest);
  } catch (cause) {
    if (!isServiceError(cause, "InvalidRequestException")) throw cause;
    throw new Failure(`csr: ${cause.message}`, { code: "invalid_request", cause });
  }
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
