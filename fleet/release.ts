import * as z from "zod";
import { type Api, askApi } from "../bench/system/api.ts";
import { deviceStates, type ListedDevice } from "./books.ts";
import { pageSize } from "./limits.ts";
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

const created = z.looseObject({ id: z.string() });

/** Starts a release to all devices. Returns its id. */
export const startRelease = async (
  api: Api,
  product: number,
  version: number,
  { waves, soakSeconds, rollback }: Options,
): Promise<string> => {
  const answer = await askApi(api, "POST", `/v1/products/${product}/releases`, {
    version,
    to: { all: true },
    waves: waves.map((percent) => ({ percent, soak: soakSeconds })),
    rollback,
  });
  return created.parse(answer).id;
};

const release = z.looseObject({ state: z.string() });

/** Returns the state of a release. */
export const releaseState = async (api: Api, product: number, id: string): Promise<string> =>
  release.parse(await askApi(api, "GET", `/v1/products/${product}/releases/${id}`)).state;

const page = z.looseObject({
  devices: z.array(z.looseObject({ id: z.string(), state: z.enum(deviceStates) })),
  next_cursor: z.string().nullish(),
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
    const { devices, next_cursor } = page.parse(await askApi(api, "GET", `${path}${suffix}`));
    all.push(...devices.map(({ id: device, state }) => ({ id: device, state })));
    cursor = next_cursor ?? "";
  } while (cursor !== "");
  return all;
};
