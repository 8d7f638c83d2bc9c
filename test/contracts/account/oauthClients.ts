import { describe, expect, it } from "vitest";
import type { OAuthClient, OAuthClients } from "#shared/account/oauth/oauthClient.ts";

const client: OAuthClient = {
  id: "app-1",
  name: "App",
  type: "installed",
  secretHash: "h",
  owner: { username: "a@b.c" },
  createdAt: "2025",
};
const ofProduct: OAuthClient = {
  ...client,
  id: "app-2",
  type: "web",
  redirectUri: "https://example.com/",
  owner: { product: 7 },
  scopes: ["devices:list"],
};

/** Contract of every implementation of `OAuthClients`. */
export const oauthClientsContract = (open: () => Promise<OAuthClients>): void => {
  describe("OAuth clients", () => {
    it("are found, and listed by owner", async () => {
      const clients = await open();
      await clients.add(client);
      await clients.add(ofProduct);
      expect(await clients.find("app-1")).toEqual(client);
      expect(await clients.find("app-2")).toEqual(ofProduct);
      expect(await clients.find("app-3")).toBeUndefined();
      expect(await clients.list({ username: "a@b.c" })).toEqual([client]);
      expect(await clients.list({ product: 7 })).toEqual([ofProduct]);
      expect(await clients.list({ product: 8 })).toEqual([]);
      expect(await clients.list({ username: "product#7" })).toEqual([]);
    });

    it("change only the given fields, if they exist", async () => {
      const clients = await open();
      await clients.add(ofProduct);
      await clients.change("app-2", { name: "New" });
      expect(await clients.find("app-2")).toEqual({ ...ofProduct, name: "New" });
      await clients.change("app-2", {});
      await expect(clients.change("app-1", { name: "New" })).rejects.toMatchObject({
        code: "not_found",
      });
      expect(await clients.find("app-1")).toBeUndefined();
    });

    it("are removed, and may be missing", async () => {
      const clients = await open();
      await clients.add(client);
      await clients.remove("app-1");
      await clients.remove("app-1");
      expect(await clients.find("app-1")).toBeUndefined();
      expect(await clients.list({ username: "a@b.c" })).toEqual([]);
    });
  });
};
