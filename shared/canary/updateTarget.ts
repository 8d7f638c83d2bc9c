import * as z from "zod/mini";
import type { CanaryIdentity } from "./identity.ts";
import { canaryImage, canaryImageSha256 } from "./image.ts";
import { canaryDevicesMax } from "./limits.ts";
import type { CanaryApi, CanaryRequest } from "./ports.ts";

/** The product, the device and the release of the check `update`. */
export type UpdateTarget = NonNullable<CanaryIdentity["update"]>;

interface Deps {
  readonly api: Pick<CanaryApi, "send">;
  readonly signal: AbortSignal;
}

const created = z.object({ product: z.object({ id: z.int() }) });
const products = z.object({ products: z.array(z.object({ id: z.int() })) });
const versions = z.array(z.object({ version: z.int(), sha256: z.string() }));
const devices = z.object({ devices: z.array(z.object({ id: z.string() })) });
const provisioned = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  private_key: z.string(),
});
const flashed = z.object({ release: z.string() });
const shown = z.object({
  device: z.object({ state: z.string(), accepted_at: z.nullable(z.string()) }),
});

/**
 * The target of the check `update`: a device of a product of the canary's own, and a release for
 * this device alone, which never ends: the device defers it each time. Returns it with
 * `isReady: false` if it was made in this run, or if its release was made again because the device
 * has missed a report: the controller of releases has not seen it yet. A target that someone has
 * removed is made again. A crash leaves a product that the next run finds, or a device that it
 * removes.
 */
export const ensureUpdateTarget = async (
  known: UpdateTarget | undefined,
  deps: Deps,
): Promise<{ readonly target: UpdateTarget; readonly isReady: boolean }> => {
  if (known === undefined) return { target: await makeTarget(deps), isReady: false };
  const { state } = await readUpdateState(known, deps);
  if (state === "waiting" || state === "downloading") return { target: known, isReady: true };
  const release = await flash(known, deps);
  // Someone has removed the product, its firmware or the device.
  if (release === undefined) return { target: await makeTarget(deps), isReady: false };
  return { target: { ...known, release }, isReady: false };
};

/** The state of the device in its release; `missing` without one. Times as the API shows them. */
export const readUpdateState = async (
  { product, device, release }: UpdateTarget,
  { api, signal }: Deps,
): Promise<{ readonly state: string; readonly acceptedAt: string | null }> => {
  const path = `/v1/products/${product}/releases/${release}/devices/${device.id}`;
  const { status, body } = await api.send({ method: "GET", path }, signal);
  if (status === 404) return { state: "missing", acceptedAt: null };
  if (status !== 200) throw new Error(`the device of the release was answered with ${status}`);
  const { device: found } = shown.parse(body);
  return { state: found.state, acceptedAt: found.accepted_at };
};

const makeTarget = async (deps: Deps): Promise<UpdateTarget> => {
  const product = await findProduct(deps);
  const version = await findVersion(product, deps);
  const own = `/v1/products/${product}/devices`;
  const { devices: former } = devices.parse(
    await request({ method: "GET", path: `${own}?per_page=${canaryDevicesMax}` }, deps),
  );
  for (const { id } of former) await request({ method: "DELETE", path: `${own}/${id}` }, deps);
  const made = provisioned.parse(
    await request({ method: "POST", path: own, body: { provision: true } }, deps),
  );
  const { id, fleet, certificate, private_key: privateKey } = made;
  const device = { id, fleet, certificate, privateKey };
  const release = await flash({ product, version, device }, deps);
  if (release === undefined) throw new Error(`the new device ${id} was not found`);
  return { product, version, device, release };
};

const findProduct = async (deps: Deps): Promise<number> => {
  const path = "/v1/products";
  const found = products.parse(await request({ method: "GET", path }, deps));
  const [first] = found.products;
  if (first !== undefined) return first.id;
  const body = { name: "canary", platform_id: 13 };
  return created.parse(await request({ method: "POST", path, body }, deps)).product.id;
};

const findVersion = async (product: number, deps: Deps): Promise<number> => {
  const path = `/v1/products/${product}/firmware`;
  const all = versions.parse(await request({ method: "GET", path }, deps));
  const found = all.find(({ sha256 }) => sha256 === canaryImageSha256);
  if (found !== undefined) return found.version;
  const version = Math.max(0, ...all.map((one) => one.version)) + 1;
  const body = { version, title: "canary", file: canaryImage.toString("base64") };
  await request({ method: "POST", path, body }, deps);
  return version;
};

/** The id of the release; `undefined` if there is no such product, version or device. */
const flash = async (
  { product, version, device }: Omit<UpdateTarget, "release">,
  deps: Deps,
): Promise<string | undefined> => {
  const path = `/v1/products/${product}/devices/${device.id}`;
  const body = { desired_firmware_version: version, flash: true };
  const found = await request({ method: "PUT", path, body }, deps, [400, 404]);
  return found === undefined ? undefined : flashed.parse(found).release;
};

/** Returns the body of the reply; `undefined` for a status of `absent`. Fails for other errors. */
const request = async (
  given: CanaryRequest,
  { api, signal }: Deps,
  absent: readonly number[] = [],
): Promise<unknown> => {
  const { status, body } = await api.send(given, signal);
  if (status < 300) return body;
  if (absent.includes(status)) return undefined;
  throw new Error(`${given.method} ${given.path} was answered with ${status}`);
};
