import { endpointCharsMax, endpointsMax } from "../limits.ts";

/** Whether a text is the URL of a broker: `mqtts://host`, with a port or without, and nothing else. `isPlainAllowed`: `mqtt`, too. */
export const isEndpoint = (text: unknown, isPlainAllowed = false): text is string => {
  if (typeof text !== "string" || text.length > endpointCharsMax || !URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text);
  const isSafe = protocol === "mqtts:" || (isPlainAllowed && protocol === "mqtt:");
  const isBare = ["", "/"].includes(pathname) && `${username}${password}${search}${hash}` === "";
  return isSafe && hostname !== "" && isBare;
};

/** Endpoints that a device knows. */
export interface KnownEndpoints {
  /** Given by the owner of the device: never removed, and first in the order. */
  readonly given: readonly string[];
  /** Given and learned, in the order of their use. */
  readonly all: readonly string[];
  /** The endpoint of the connection that is open. */
  readonly current: string | undefined;
}

/**
 * All endpoints after the cloud has told `announced`. New ones are appended. Beyond `endpointsMax`, learned ones that the cloud does not tell
 * any more are removed first; the given ones and the one in use stay.
 */
export const mergeEndpoints = (
  announced: readonly string[],
  { given, all, current }: KnownEndpoints,
): readonly string[] => {
  const isPlainAllowed = given.some((endpoint) => endpoint.startsWith("mqtt:"));
  const valid = announced.filter((endpoint) => isEndpoint(endpoint, isPlainAllowed));
  const merged = [...new Set([...all, ...valid])];
  const excess = Math.max(0, merged.length - Math.max(endpointsMax, given.length));
  const stays = (endpoint: string) => given.includes(endpoint) || endpoint === current;
  const learned = merged.filter((endpoint) => !stays(endpoint));
  const untold = learned.filter((endpoint) => !valid.includes(endpoint));
  const rest = learned.filter((endpoint) => valid.includes(endpoint)).toReversed();
  const removed = new Set([...untold, ...rest].slice(0, excess));
  return merged.filter((endpoint) => !removed.has(endpoint));
};
