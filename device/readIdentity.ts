import { readFile } from "node:fs/promises";
import { isObject, parseObject } from "./json.ts";

/** Who a device is and where its cloud is, as the provisioning API answered it. */
export interface Identity {
  readonly id: string;
  readonly fleet: string;
  /** PEM. */
  readonly certificate: string;
  /** PEM. */
  readonly privateKey: string;
  /** PEM. */
  readonly ca?: string;
  /** `mqtts` URLs, the preferred one first. */
  readonly endpoints: readonly string[];
}

/** Reads an identity from a file of JSON. Fails with the file's name and what is wrong with it. */
export const readIdentity = async (path: string): Promise<Identity> => {
  const fields = parseObject(await readFile(path, "utf8"));
  if (fields === undefined) throw new Error(`${path} holds no JSON object`);
  const text = (...names: readonly string[]): string => {
    const value = names.map((name) => fields[name]).find((value) => typeof value === "string");
    if (typeof value !== "string") throw new Error(`${path} has no ${names[0]}`);
    return value;
  };
  const { ca } = fields;
  return {
    id: text("id"),
    fleet: text("fleet"),
    certificate: text("certificate"),
    privateKey: text("private_key", "privateKey"),
    ...(typeof ca === "string" && { ca }),
    endpoints: readEndpoints(fields.endpoints),
  };
};

/** `[{ region, mqtt }]`, or the URLs alone; none when there are none. */
const readEndpoints = (given: unknown): string[] =>
  (Array.isArray(given) ? given : [])
    .map((endpoint: unknown) => (isObject(endpoint) ? endpoint.mqtt : endpoint))
    .filter((url) => typeof url === "string");
