import type { GodwitClient } from "../../../client/client.ts";
import type { Firmware, Group, NewFirmware, Product } from "../bodies.ts";
import { bodyOf, itemsOf, partOf, pathPart, unexpected } from "./send.ts";

/** Operations on products. */
export const productOperations = (api: GodwitClient) => ({
  async listProducts(): Promise<readonly Product[]> {
    const { products } = await bodyOf(api.GET("/v1/products"), "products");
    return itemsOf<Product>(products, "id", "slug");
  },
});

/** Operations on the firmware versions of a product. */
export const firmwareOperations = (api: GodwitClient, product: string) => {
  const path = { product: pathPart(product) };
  const one = "/v1/products/{product}/firmware/{version}";
  return {
    async listFirmware(): Promise<readonly Firmware[]> {
      const { data } = await api.GET("/v1/products/{product}/firmware", { params: { path } });
      if (data === undefined) throw unexpected();
      return itemsOf(data, "version", "sha256");
    },
    /** Sends the image as a file of a form. */
    uploadFirmware: ({ image, name, version, title, ...more }: NewFirmware) => {
      const description = more.description ?? "";
      const mandatory = more.mandatory ?? false;
      return bodyOf(
        api.POST("/v1/products/{product}/firmware", {
          params: { path },
          body: { file: name, version, title, description, mandatory },
          bodySerializer: ({ file: _, ...fields }) => {
            const form = new FormData();
            form.append("file", new Blob([image]), name);
            for (const [key, value] of Object.entries(fields)) form.append(key, String(value));
            return form;
          },
        }),
        "version",
        "sha256",
      );
    },
    showFirmware: (version: number): Promise<Firmware> =>
      bodyOf(api.GET(one, { params: { path: { ...path, version } } }), "version", "sha256"),
    async removeFirmware(version: number): Promise<void> {
      await api.DELETE(one, { params: { path: { ...path, version } } });
    },
  };
};

interface GroupText {
  readonly description?: string;
  readonly color?: string;
}

/** Operations on the groups of a product. */
export const groupOperations = (api: GodwitClient, product: string) => {
  const path = { product: pathPart(product) };
  const all = "/v1/products/{product}/groups";
  const one = "/v1/products/{product}/groups/{group}";
  const pathOf = (group: string) => ({ path: { ...path, group: pathPart(group) } });
  return {
    async listGroups(name = ""): Promise<readonly Group[]> {
      const params = { path, query: { name } };
      const { groups } = await bodyOf(api.GET(all, { params }), "groups");
      return itemsOf(groups, "name");
    },
    async showGroup(group: string): Promise<Group & { readonly device_count: number }> {
      const reply = await bodyOf(api.GET(one, { params: pathOf(group) }), "group");
      return partOf(reply.group, "name", "device_count");
    },
    async createGroup(name: string, text: GroupText): Promise<Group> {
      const body = { name, ...text };
      const reply = await bodyOf(api.POST(all, { params: { path }, body }), "group");
      return partOf(reply.group, "name");
    },
    async changeGroup(
      group: string,
      change: GroupText & { readonly name?: string },
    ): Promise<Group> {
      const reply = await bodyOf(api.PUT(one, { params: pathOf(group), body: change }), "group");
      return partOf(reply.group, "name");
    },
    async removeGroup(group: string): Promise<void> {
      await api.DELETE(one, { params: pathOf(group) });
    },
    changeMembers: (
      devices: readonly string[],
      change: { readonly add: readonly string[]; readonly remove: readonly string[] },
    ) =>
      bodyOf(
        api.PUT("/v1/products/{product}/devices", {
          params: { path },
          body: {
            action: "groups",
            devices: [...devices],
            metadata: { add: [...change.add], remove: [...change.remove] },
          },
        }),
        "ok",
      ),
  };
};
