import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Connection, openConnection } from "../connection/connection.ts";
import { systemClock } from "../platform/clock.ts";
import { isObject, parseObject } from "../platform/json.ts";
import { newRequest } from "./newRequest.ts";
import { type Identity, readIdentity } from "./readIdentity.ts";

/** How a new device provisions itself. */
export interface ClaimOptions {
  /** The file that `claim-certificate add` wrote: the certificate that the devices of a product share. */
  readonly claimFile: string;
  /** Unique among the devices of the product; it becomes the device's name. */
  readonly serialNumber: string;
  /** Where the device keeps its identity, for its owner alone. */
  readonly folder: string;
  /** How long one attempt may take, in milliseconds. Default: 30,000. */
  readonly timeoutMs?: number;
}

const timeoutMsDefault = 30_000;
const keepAliveSeconds = 60;

/**
 * The identity of this device: the one that its folder holds, or a new one, by the claim certificate. The device's private key is made
 * here and kept in the folder before the cloud knows it, so a repeat after a crash, or after an answer that was lost, gets the same
 * device. Fails when the cloud rejects it or does not answer; call it again later, with a growing pause.
 */
export const provisionByClaim = async (options: ClaimOptions): Promise<Identity> => {
  const { claimFile, folder } = options;
  const file = join(folder, "device.json");
  if ((await readIfThere(file)) !== undefined) return readIdentity(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const claim = parseClaim(await readFile(claimFile, "utf8"), claimFile);
  const own = await ownRequest(join(folder, "pending.json"));
  const made = await firstAnswer(claim, { ...options, csr: own.csr });
  const { ca, endpoints } = claim;
  const identity = { ...made, privateKey: own.privateKey, ...(ca && { ca }), endpoints };
  await writeDurably(file, `${JSON.stringify(identity, null, 2)}\n`);
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

/** The key of this device and its signing request, the same after a crash. */
const ownRequest = async (file: string): Promise<{ privateKey: string; csr: string }> => {
  const { privateKey, csr } = parseObject((await readIfThere(file)) ?? "") ?? {};
  if (typeof privateKey === "string" && typeof csr === "string") return { privateKey, csr };
  const made = await newRequest();
  await writeDurably(file, JSON.stringify(made));
  return made;
};

interface Asked {
  readonly csr: string;
  readonly serialNumber: string;
  readonly timeoutMs?: number;
}

interface Made {
  readonly id: string;
  readonly fleet: string;
  readonly certificate: string;
}

/** Asks the endpoints in turn; one that rejects the device is not asked again. */
const firstAnswer = async (claim: Claim, asked: Asked): Promise<Made> => {
  let failure: unknown = new Error("the claim names no endpoint");
  for (const url of claim.endpoints) {
    try {
      return await askEndpoint(url, claim, asked);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
};

const askEndpoint = async (
  url: string,
  { certificate, privateKey, ca, template, clientPrefix }: Claim,
  { csr, serialNumber, timeoutMs = timeoutMsDefault }: Asked,
): Promise<Made> => {
  const id = `${clientPrefix}${randomBytes(8).toString("hex")}`;
  const { connection, answers } = await connectTo(url, {
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
    const made = await answers.ask(create, { certificateSigningRequest: csr }, connection);
    const { certificateOwnershipToken, certificatePem } = made;
    const parameters = { SerialNumber: serialNumber };
    const done = await answers.ask(
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
      throw new Error("the cloud's answer lacks the device's id, fleet or certificate");
    }
    return { id: thingName, fleet, certificate: certificatePem };
  } finally {
    connection.abort();
  }
};

type Answer = Readonly<Record<string, unknown>>;

interface Answers {
  /** Publishes a request and waits for its answer. */
  ask(topic: string, request: object, connection: Connection): Promise<Answer>;
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
): Promise<{ connection: Connection; answers: Answers }> => {
  const opened = Promise.withResolvers<Connection>();
  const ended = Promise.withResolvers<never>();
  // It may end when nobody waits for an answer.
  ended.promise.catch(() => {});
  const waiting = new Map<string, (answer: Answer) => void>();
  const timer = setTimeout(
    () => ended.reject(new Error(`${url} did not answer in time`)),
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
  const ask: Answers["ask"] = async (topic, request, connection) => {
    const accepted = Promise.withResolvers<Answer>();
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
      answers: { ask },
    };
  } catch (error) {
    connecting.abort();
    throw error;
  }
};

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** The file exists whole or not at all, also after a loss of power. */
const writeDurably = async (path: string, text: string): Promise<void> => {
  const fresh = `${path}.tmp`;
  await synced(fresh, "w", (file) => file.writeFile(text));
  await rename(fresh, path);
  await synced(dirname(path), "r", async () => {});
};

const synced = async (
  path: string,
  flags: string,
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> => {
  const file = await open(path, flags, 0o600);
  try {
    await work(file);
    await file.sync();
  } finally {
    await file.close();
  }
};
