import { endpointCharsMax, endpointsMax } from "../limits.ts";
import { atomicWrite, readIfExists } from "../platform/files.ts";
import { parseObject } from "../platform/json.ts";

/**
 * Whether a value is the URL of a broker: `mqtts://host`, optionally with a port, without user,
 * path, query or fragment. `isPlainAllowed` also accepts `mqtt`.
 */
export const isEndpoint = (text: unknown, isPlainAllowed = false): text is string => {
  if (typeof text !== "string" || text.length > endpointCharsMax || !URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const isAllowed = protocol === "mqtts:" || (isPlainAllowed && protocol === "mqtt:");
  const isBare = ["", "/"].includes(pathname) && `${username}${password}${search}${hash}` === "";
  return isAllowed && hostname !== "" && isBare;
};

/** The endpoints that a device knows. */
export interface KnownEndpoints {
  /** Configured by the owner of the device: never removed, and first in the order. */
  readonly given: readonly string[];
  /** Configured and learned endpoints, in the order of use. */
  readonly all: readonly string[];
  /** The endpoint of the open connection. */
  readonly current: string | undefined;
}

/**
 * Returns all endpoints after the cloud has announced some. New ones are appended. Beyond
 * `endpointsMax`, learned endpoints that the cloud does not announce are removed first. Configured
 * endpoints and the current one stay.
 */
export const mergeEndpoints = (
  announced: readonly string[],
  { given, all, current }: KnownEndpoints,
): readonly string[] => {
  const isPlainAllowed = given.some((endpoint) => endpoint.startsWith("mqtt:"));
  const valid = announced.filter((endpoint) => isEndpoint(endpoint, isPlainAllowed));
  const merged = [...new Set([...all, ...valid])];
  const excess = Math.max(0, merged.length - Math.max(endpointsMax, given.length));
  const isPermanent = (endpoint: string) => given.includes(endpoint) || endpoint === current;
  const learned = merged.filter((endpoint) => !isPermanent(endpoint));
  const stale = learned.filter((endpoint) => !valid.includes(endpoint));
  const rest = learned.filter((endpoint) => valid.includes(endpoint)).toReversed();
  const removed = new Set([...stale, ...rest].slice(0, excess));
  return merged.filter((endpoint) => !removed.has(endpoint));
};

/**
 * Reads the learned endpoints of a device. A file that is missing, corrupt or of another device is
 * treated as empty: the device connects to its configured endpoints, and the cloud announces the
 * others again.
 */
export const readEndpoints = async (path: string, device: string): Promise<string[]> => {
  const text = (await readIfExists(path).catch(() => undefined)) ?? "";
  const { id, endpoints } = parseObject(text) ?? {};
  if (id !== device || !Array.isArray(endpoints)) return [];
  return endpoints.filter((endpoint) => isEndpoint(endpoint)).slice(0, endpointsMax);
};

/** Writes the learned endpoints of a device. The folder must exist. */
export const writeEndpoints = async (
  path: string,
  device: string,
  endpoints: readonly string[],
): Promise<void> => atomicWrite(path, `${JSON.stringify({ id: device, endpoints })}\n`);
