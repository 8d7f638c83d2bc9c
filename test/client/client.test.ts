import { describe, expect, it } from "vitest";
import { createGodwitClient } from "../../client/client.ts";

/** A client, and the requests that it sends. */
const world = () => {
  const sent: Request[] = [];
  const client = createGodwitClient({
    url: "http://a.example/live",
    token: "secret",
    fetch: async (request) => {
      sent.push(request);
      return Response.json({ ok: true });
    },
  });
  return { client, sent };
};

describe("a name in a path", () => {
  it.each(["..", ".", ""])("is refused if it is %j", async (device) => {
    const { client, sent } = world();
    const request = client.DELETE("/v1/devices/{device}", { params: { path: { device } } });
    await expect(request).rejects.toThrow("device");
    expect(sent).toEqual([]);
  });

  it.each(["a/../b", "%2e%2E", "a?b#c", "...", "é ü", "$&"])(
    "stays one segment if it is %j",
    async (device) => {
      const { client, sent } = world();
      await client.DELETE("/v1/devices/{device}", { params: { path: { device } } });
      const [path] = sent.map(({ url }) => new URL(url).pathname);
      expect(path?.split("/").slice(0, -1).join("/")).toBe("/live/v1/devices");
      expect(decodeURIComponent(path?.split("/").at(-1) ?? "")).toBe(device);
    },
  );
});
