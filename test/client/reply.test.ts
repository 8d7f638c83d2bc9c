import { expect, it } from "vitest";
import { ApiError, createGodwitClient, reply } from "../../client/client.ts";

/** A client whose requests get this response. */
const clientOf = (body: string | null, init: ResponseInit) =>
  createGodwitClient({
    url: "http://127.0.0.1",
    fetch: async () =>
      new Response(body, { ...init, headers: { "content-type": "application/json" } }),
  });

const params = { path: { product: "1", device: "lamp" } };

it("a success without a body is no error", async () => {
  const removed = clientOf(null, { status: 204 }).DELETE(
    "/v1/products/{product}/devices/{device}",
    { params },
  );
  expect(await reply(removed)).toBeUndefined();
});

it("an error has the code and the text of the API", async () => {
  const text = '{"ok":false,"error":"not_found","error_description":"There is no device lamp."}';
  const asked = clientOf(text, { status: 404 }).GET("/v1/products/{product}/devices/{device}", {
    params,
  });
  const error = new ApiError("There is no device lamp.", { status: 404, code: "not_found" });
  await expect(reply(asked)).rejects.toEqual(error);
});
