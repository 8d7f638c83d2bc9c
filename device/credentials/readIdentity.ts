import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readEndpoints } from "../connection/endpointsFile.ts";
import { isObject, parseObject } from "../platform/json.ts";

/** Who a device is and where its cloud is, as the provisioning API answered it. */
export interface Identity {
  readonly id: string;
  readonly fleet: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** When the certificate was made, in milliseconds since 1970. */
  readonly certificateIssuedAt?: number;
  /** When the certificate ends, in milliseconds since 1970; without it, it does not. */
  readonly certificateExpiresAt?: number;
  /** PEM. */
  readonly ca?: string;
  /** `mqtts` URLs, the preferred one first. */
  readonly endpoints: readonly string[];
  /** Endpoints that the cloud has told since, used after the others. */
  readonly learnedEndpoints?: readonly string[];
  /** The file in which the device keeps endpoints that the cloud tells it later. Without it they last as long as the process. */
  readonly endpointsFile?: string;
}

/** Where a part of an identity lies that its file does not hold. */
export interface IdentityFiles {
  /** The private key that the device made itself, PEM. Default: `device-key.pem` in the same folder. */
  readonly privateKeyFile?: string;
}

/**
 * Reads an identity: from a file of JSON as the provisioning API, the admin tool (`--out`) or the demo of a local cloud writes it, or from
 * the folder that holds it as `device.json`. A certificate, a private key or an authority that the JSON lacks is read from
 * `device-cert.pem`, `device-key.pem` and `ca.pem` beside it. Endpoints that the device has learned since are read from
 * `<file>.endpoints`. Fails with the file's name and what is wrong with it.
 */
export const readIdentity = async (
  path: string,
  { privateKeyFile }: IdentityFiles = {},
): Promise<Identity> => {
  const file = (await isFolder(path)) ? join(path, "device.json") : path;
  const fields = parseObject(await readFile(file, "utf8"));
  if (fields === undefined) throw new Error(`${file} holds no JSON object`);
  const beside = (name: string): Promise<string | undefined> =>
    readIfThere(join(dirname(file), name));
  const said = (...names: readonly string[]): string | undefined =>
    names.map((name) => fields[name]).find((value) => typeof value === "string");
  const text = (value: string | undefined, lack: string): string => {
    if (value === undefined) throw new Error(`${file} has no ${lack}`);
    return value;
  };
  const ownKey = privateKeyFile === undefined ? undefined : await readFile(privateKeyFile, "utf8");
  const privateKey =
    ownKey ?? said("private_key", "privateKey") ?? (await beside("device-key.pem"));
  const certificate = said("certificate") ?? (await beside("device-cert.pem"));
  const id = text(said("id", "device_id"), "id");
  const endpointsFile = `${file}.endpoints`;
  const learned = await readEndpoints(endpointsFile, id);
  const issuedAt = timeOf(fields.certificate_issued_at ?? fields.issuedAt);
  const expiresAt = timeOf(fields.certificate_expires_at ?? fields.expiresAt);
  const ca = said("ca") ?? (await beside("ca.pem"));
  return {
    id,
    fleet: text(said("fleet"), "fleet"),
    certificate: text(certificate, "certificate, and there is no device-cert.pem beside it"),
    privateKey: text(
      privateKey,
      "private_key: name the key's file as { privateKeyFile }, or put it beside it as device-key.pem",
    ),
    ...(issuedAt !== undefined && { certificateIssuedAt: issuedAt }),
    ...(expiresAt !== undefined && { certificateExpiresAt: expiresAt }),
    ...(ca !== undefined && { ca }),
    endpoints: givenEndpoints(fields.endpoints),
    ...(learned.length > 0 && { learnedEndpoints: learned }),
    endpointsFile,
  };
};

/** Milliseconds since 1970, of a number or of a text as ISO 8601 writes it. */
const timeOf = (given: unknown): number | undefined => {
  const ms = typeof given === "string" ? Date.parse(given) : given;
  return typeof ms === "number" && Number.isFinite(ms) ? ms : undefined;
};

const isFolder = async (path: string): Promise<boolean> => (await stat(path)).isDirectory();

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
};

/** `[{ region, mqtt }]`, or the URLs alone; none when there are none. */
const givenEndpoints = (given: unknown): string[] =>
  (Array.isArray(given) ? given : [])
    .map((endpoint: unknown) => (isObject(endpoint) ? endpoint.mqtt : endpoint))
    .filter((url) => typeof url === "string");
