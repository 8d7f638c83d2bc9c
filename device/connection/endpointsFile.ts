import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { endpointsMax } from "../limits.ts";
import { parseObject } from "../platform/json.ts";
import { isEndpoint } from "./endpoints.ts";

/**
 * The learned endpoints of a device, from their file. A file that is missing, damaged or of another device counts as empty: a device
 * works with the endpoints of its identity, and the cloud tells it the others again.
 */
export const readEndpoints = async (path: string, device: string): Promise<string[]> => {
  const text = await readFile(path, "utf8").catch(() => "");
  const { id, endpoints } = parseObject(text) ?? {};
  if (id !== device || !Array.isArray(endpoints)) return [];
  return endpoints.filter((endpoint) => isEndpoint(endpoint)).slice(0, endpointsMax);
};

/** Writes learned endpoints. A crash at any moment leaves the old file or the new one, whole. */
export const writeEndpoints = async (
  path: string,
  device: string,
  endpoints: readonly string[],
): Promise<void> => {
  const fresh = `${path}.new`;
  const file = await open(fresh, "w", 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ id: device, endpoints })}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
