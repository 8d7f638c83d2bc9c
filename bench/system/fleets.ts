import { randomBytes } from "node:crypto";
import * as z from "zod";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { addWebhook } from "./api.ts";
import type { CloudSystem } from "./cloud.ts";
import { device, type Route, type System } from "./system.ts";

const productsPerUser = 100;
const addingMax = 8;

const token = z.object({ token: z.string() });
const product = z.object({ id: z.number() });

/**
 * Adds fleets to a cloud: products of new users, with a webhook for each route. Returns the cloud
 * as a system whose devices belong to these fleets in turn.
 */
export const addFleets = async (
  cloud: CloudSystem,
  number: number,
  routes: readonly Route[],
): Promise<System> => {
  const products: { username: string; product: number }[] = [];
  for (let done = 0; done < number; done += productsPerUser) {
    const username = `fleets-${randomBytes(6).toString("hex")}@example.com`;
    await cloud.admin({ addUser: { username, password: randomBytes(12).toString("base64url") } });
    const added = token.parse(await cloud.admin({ addToken: { username } }));
    const api = { url: cloud.api.url, token: added.token };
    const names = Array.from(
      { length: Math.min(productsPerUser, number - done) },
      (_, i) => `Bench ${done + i} ${randomBytes(3).toString("hex")}`,
    );
    const ids = await mapConcurrently(names, addingMax, async (name) => {
      const { id } = product.parse(
        await cloud.admin({ addProduct: { username, product: { name } } }),
      );
      for (const { event, url } of routes) await addWebhook(api, { event, url, product: id });
      return id;
    });
    products.push(...ids.map((id) => ({ username, product: id })));
  }
  let next = 0;
  return {
    ...cloud,
    async addDevice(name) {
      const fleet = products[next % products.length];
      next += 1;
      return device.parse(await cloud.admin({ addDevice: { ...fleet, name } }));
    },
  };
};
