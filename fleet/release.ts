import * as z from "zod";
import { deviceStates } from "#shared/release/model/deviceStatus.ts";
import { type Api, askApi } from "../bench/system/api.ts";
import type { ListedDevice } from "./books.ts";
import { pageSize, returnSeconds } from "./limits.ts";
import type { Options } from "./options.ts";

/** Registers the key document of a product. */
export const registerKeys = async (api: Api, product: number, document: object): Promise<void> => {
  const body = { document, confirm: String(product) };
  await askApi(api, "POST", `/v1/products/${product}/firmware/keys`, body);
};

/** Uploads a signed image, as Particle's clients do. */
export const uploadImage = async (
  { url, token }: Api,
  product: number,
  { version, file }: { readonly version: number; readonly file: Buffer },
): Promise<void> => {
  const form = new FormData();
  form.append("version", String(version));
  form.append("title", `fleet ${version}`);
  form.append("file", new Blob([new Uint8Array(file)]), "firmware.bin");
  const path = `/v1/products/${product}/firmware`;
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body: form });
  if (response.ok) return;
  throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
};

const created = z.object({ release: z.object({ id: z.string() }) });

/** How a version is released. */
export interface ReleaseOptions
  extends Pick<Options, "waves" | "soakSeconds" | "rollback" | "failureCount" | "failurePercent"> {
  /** The cloud expects a device back within this time after the restart. */
  readonly returnSeconds?: number;
  /** Default: all devices of the product. */
  readonly to?: readonly string[];
}

/** Starts a release. Returns its id. */
export const startRelease = async (
  api: Api,
  product: number,
  version: number,
  options: ReleaseOptions,
): Promise<string> => {
  const { waves, soakSeconds, rollback, failureCount, failurePercent, to } = options;
  const answer = await askApi(api, "POST", `/v1/products/${product}/releases`, {
    version,
    to: to === undefined ? { all: true } : { devices: to },
    waves: waves.map((percent) => ({ percent, soak: soakSeconds })),
    failures: { count: failureCount, percent: failurePercent },
    return_within: options.returnSeconds ?? returnSeconds,
    rollback,
  });
  return created.parse(answer).release.id;
};

const shown = z.object({ release: z.object({ state: z.string(), paused: z.string().nullable() }) });

/** Returns the state of a release, and why its offers pause. */
export const releaseState = async (
  api: Api,
  product: number,
  id: string,
): Promise<{ readonly state: string; readonly paused: string | null }> =>
  shown.parse(await askApi(api, "GET", `/v1/products/${product}/releases/${id}`)).release;

const page = z.object({
  devices: z.array(z.object({ id: z.string(), state: z.enum(deviceStates) })),
  cursor: z.string().optional(),
});

/** Lists all devices of a release with their states. */
export const listDevices = async (
  api: Api,
  product: number,
  id: string,
): Promise<readonly ListedDevice[]> => {
  const path = `/v1/products/${product}/releases/${id}/devices?limit=${pageSize}`;
  const all: ListedDevice[] = [];
  let cursor = "";
  do {
    const suffix = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { devices, cursor: next } = page.parse(await askApi(api, "GET", `${path}${suffix}`));
    all.push(...devices);
    cursor = next ?? "";
  } while (cursor !== "");
  return all;
};
