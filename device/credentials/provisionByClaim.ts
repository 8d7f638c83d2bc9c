import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, openConnection } from "../connection/connection.ts";
import { systemClock } from "../platform/clock.ts";
import { atomicWrite, readIfExists } from "../platform/files.ts";
import { isObject, parseObject } from "../platform/json.ts";
import { type Identity, readIdentity } from "./readIdentity.ts";
import { createKeyAndRequest } from "./signingRequest.ts";

/** Options of provisioning by claim (fleet provisioning of AWS IoT). */
export interface ClaimOptions {
  /** File written by `claim-certificate add`: the claim certificate of the product. */
  readonly claimFile: string;
  /** Unique among the devices of the product. Becomes the device's name. */
  readonly serialNumber: string;
  /** Folder for the identity of the device. Only its owner can read it. */
  readonly folder: string;
  /** Timeout of one attempt, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

const timeoutMsDefault = 30_000;
const keepAliveSeconds = 60;

/**
 * Returns the identity in the folder, or provisions a new device with the claim certificate. The
 * private key is generated on the device and stored before the request, so a repeat after a crash
 * or a lost response gets the same device. Rejects if the cloud rejects the device or does not
 * answer. Retry with backoff.
 */
export const provisionByClaim = async (options: ClaimOptions): Promise<Identity> => {
  const { claimFile, folder } = options;
  const file = join(folder, "device.json");
  if ((await readIfExists(file)) !== undefined) return readIdentity(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const claim = parseClaim(await readFile(claimFile, "utf8"), claimFile);
  const request = await loadOrCreateRequest(join(folder, "pending.json"));
  const made = await provisionAtAnyEndpoint(claim, { ...options, csr: request.csr });
  const { ca, endpoints } = claim;
  const identity = { ...made, privateKey: request.privateKey, ...(ca && { ca }), endpoints };
  await atomicWrite(file, `${JSON.stringify(identity, null, 2)}\n`);
  await rm(join(folder, "pending.json"), { force: true });
  return readIdentity(file);
};

interface Claim {
  readonly certificate: string;
  readonly privateKey: string;
  readonly ca: string | undefined;
  readonly endpoints: readonly string[];
  readonly template: string;
  readonly clientPrefix: string;
}

const parseClaim = (json: string, file: string): Claim => {
  const fields = parseObject(json) ?? {};
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== "string") throw new Error(`${file} has no ${name}`);
    return value;
  };
  const endpoints = Array.isArray(fields.endpoints) ? fields.endpoints : [];
  return {
    certificate: text("certificate"),
    privateKey: text("privateKey"),
    ca: typeof fields.ca === "string" ? fields.ca : undefined,
    endpoints: endpoints
      .map((one: unknown) => (isObject(one) ? one.mqtt : one))
      .filter((url) => typeof url === "string"),
    template: text("template"),
    clientPrefix: text("clientPrefix"),
  };
};

/** Returns the device's key and signing request, the same after a crash. */
const loadOrCreateRequest = async (file: string): Promise<{ privateKey: string; csr: string }> => {
  const { privateKey, csr } = parseObject((await readIfExists(file)) ?? "") ?? {};
  if (typeof privateKey === "string" && typeof csr === "string") return { privateKey, csr };
  const made = await createKeyAndRequest();
  await atomicWrite(file, JSON.stringify(made));
  return made;
};

interface ProvisionRequest {
  readonly csr: string;
  readonly serialNumber: string;
  readonly timeoutMs?: number;
}

interface ProvisionedDevice {
  readonly id: string;
  readonly fleet: string;
  readonly certificate: string;
}

/** Tries each endpoint once, in order. Rejects with the error of the last one. */
const provisionAtAnyEndpoint = async (
  claim: Claim,
  request: ProvisionRequest,
): Promise<ProvisionedDevice> => {
  let failure: unknown = new Error("the claim contains no endpoint");
  for (const url of claim.endpoints) {
    try {
      return await provisionAtEndpoint(url, claim, request);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
};

const provisionAtEndpoint = async (
  url: string,
  { certificate, privateKey, ca, template, clientPrefix }: Claim,
  { csr, serialNumber, timeoutMs = timeoutMsDefault }: ProvisionRequest,
): Promise<ProvisionedDevice> => {
  const id = `${clientPrefix}${randomBytes(8).toString("hex")}`;
  const { connection, requests } = await connectTo(url, {
    id,
    certificate,
    privateKey,
    ca,
    timeoutMs,
  });
  try {
    const create = "$aws/certificates/create-from-csr/json";
    const provision = `$aws/provisioning-templates/${template}/provision/json`;
    await connection.subscribe(
      [create, provision].flatMap((topic) => [`${topic}/accepted`, `${topic}/rejected`]),
    );
    const made = await requests.send(create, { certificateSigningRequest: csr }, connection);
    const { certificateOwnershipToken, certificatePem } = made;
    const parameters = { SerialNumber: serialNumber };
    const done = await requests.send(
      provision,
      { certificateOwnershipToken, parameters },
      connection,
    );
    const { thingName, deviceConfiguration } = done;
    const fleet = isObject(deviceConfiguration) ? deviceConfiguration.fleet : undefined;
    if (
      typeof thingName !== "string" ||
      typeof certificatePem !== "string" ||
      typeof fleet !== "string"
    ) {
      throw new Error("the response of the cloud has no device id, fleet or certificate");
    }
    return { id: thingName, fleet, certificate: certificatePem };
  } finally {
    connection.abort();
  }
};

type Response = Readonly<Record<string, unknown>>;

interface Requests {
  /** Publishes a request and waits for its response. */
  send(topic: string, request: object, connection: Connection): Promise<Response>;
}

const connectTo = async (
  url: string,
  {
    timeoutMs,
    ...options
  }: {
    id: string;
    certificate: string;
    privateKey: string;
    ca: string | undefined;
    timeoutMs: number;
  },
): Promise<{ connection: Connection; requests: Requests }> => {
  const opened = Promise.withResolvers<Connection>();
  const ended = Promise.withResolvers<never>();
  // The connection may also end while no request waits.
  ended.promise.catch(() => {});
  const waiting = new Map<string, (response: Response) => void>();
  const timer = setTimeout(
    () => ended.reject(new Error(`${url} did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const connecting = openConnection(
    url,
    { ...options, keepAliveSeconds, clock: systemClock },
    {
      opened: opened.resolve,
      closed(reason) {
        clearTimeout(timer);
        ended.reject(reason);
      },
      message: (topic, payload) => waiting.get(topic)?.(parseObject(payload.toString()) ?? {}),
    },
  );
  const send: Requests["send"] = async (topic, request, connection) => {
    const accepted = Promise.withResolvers<Response>();
    waiting.set(`${topic}/accepted`, accepted.resolve);
    waiting.set(`${topic}/rejected`, ({ errorCode, errorMessage }) =>
      accepted.reject(new Error(`the cloud rejected the device: ${errorCode}: ${errorMessage}`)),
    );
    await Promise.race([connection.publish(topic, JSON.stringify(request)), ended.promise]);
    return Promise.race([accepted.promise, ended.promise]);
  };
  try {
    return {
      connection: await Promise.race([opened.promise, ended.promise]),
      requests: { send },
    };
  } catch (error) {
    connecting.abort();
    throw error;
  }
};
