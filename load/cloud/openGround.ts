import { randomBytes } from "node:crypto";
import * as z from "zod";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { addWebhook, askApi } from "../../bench/system/api.ts";
import type { Device } from "../../bench/system/system.ts";
import { connectingMax } from "../limits.ts";
import type { Ground, Tenant } from "./ground.ts";

/** How to reach a cloud. */
export interface Access {
  readonly api: string;
  readonly mqtt: string;
  readonly ca?: string;
  readonly statusPage?: string;
  readonly target: Ground["target"];
  /** Invokes the admin function. Absent: all load is that of the user of `token`. */
  readonly admin?: (request: object) => Promise<unknown>;
  readonly token?: string;
  readonly password?: string;
}

const issued = z.object({ token: z.string() });
const product = z.object({ product: z.object({ id: z.int(), slug: z.string() }) });
const user = z.object({ username: z.string() });
const provisioned = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  private_key: z.string(),
});

const removalsMax = 20;
const perPage = 200;
const devicePagesMax = 100;

/**
 * Opens a cloud for load. Users come from the admin function, everything else from the API. `stop`
 * removes the devices, the products with their integrations, and the users.
 */
export const openGround = ({ admin, token, password: given, ...access }: Access): Ground => {
  const { api: url } = access;
  const undo: (() => Promise<unknown>)[] = [];
  const run = randomBytes(4).toString("hex");
  const ask: Ground["ask"] = (tenant, method, path, body) =>
    askApi({ url, token: tenant.token }, method, path, body);
  let tenants = 0;
  let sets = 0;
  const newUser = async () => {
    if (admin === undefined) {
      if (token === undefined) throw new Error("no access token");
      const { username } = user.parse(await ask({ token }, "GET", "/v1/user"));
      return { username, token, ...(given !== undefined && { password: given }) };
    }
    const username = `load-${run}-${tenants}@example.com`;
    const password = randomBytes(12).toString("hex");
    await admin({ addUser: { username, password } });
    undo.push(() => admin({ removeUser: { username } }));
    return { username, password, ...issued.parse(await admin({ addToken: { username } })) };
  };
  return {
    ...access,
    ask,
    async addTenant() {
      tenants += 1;
      const who = await newUser();
      const name = `Load ${run} ${tenants}`;
      const made = product.parse(await ask(who, "POST", "/v1/products", { product: { name } }));
      const { id, slug } = made.product;
      undo.push(() => removeProduct(ask, who, { id, slug }));
      return { ...who, product: id };
    },
    async addDevices(tenant, count) {
      sets += 1;
      const path = `/v1/products/${tenant.product}/devices`;
      const names = Array.from({ length: count }, (_, i) => `${run}-${sets}-d${i}`);
      return await mapConcurrently(names, connectingMax, async (name): Promise<Device> => {
        const made = await ask(tenant, "POST", path, { provision: true, name });
        const { private_key: privateKey, ...rest } = provisioned.parse(made);
        return { ...rest, privateKey };
      });
    },
    addWebhook: ({ token: own, product: of }, { event, url: target }) =>
      addWebhook({ url, token: own }, { event, url: target, product: of }),
    async stop() {
      for (const act of undo.reverse()) await act().catch(() => {});
    },
  };
};

const removal = z.object({ removed: z.boolean().optional() });
const page = z.object({
  devices: z.array(z.object({ id: z.string() })),
  cursor: z.string().optional(),
});

/** Removes a product with its devices. A removal that is not complete is repeated. */
const removeProduct = async (
  ask: Ground["ask"],
  tenant: Pick<Tenant, "token">,
  { id, slug }: { id: number; slug: string },
): Promise<void> => {
  const product = `/v1/products/${id}`;
  const removeDevice = async (device: string): Promise<void> => {
    await ask(tenant, "DELETE", `${product}/devices/${device}`);
    // It may have no owner now.
    await ask(tenant, "DELETE", `/v1/devices/${device}`).catch(() => {});
  };
  for (let pages = 0; pages < devicePagesMax; pages += 1) {
    const read = page.parse(await ask(tenant, "GET", `${product}/devices?limit=${perPage}`));
    await mapConcurrently(read.devices, connectingMax, (device) => removeDevice(device.id));
    if (read.cursor === undefined) break;
  }
  const path = `${product}?confirm=${slug}&release_devices=true`;
  for (let tries = 0; tries < removalsMax; tries += 1) {
    if (removal.parse(await ask(tenant, "DELETE", path)).removed === true) return;
  }
};
