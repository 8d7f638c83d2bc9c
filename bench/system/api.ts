import * as z from "zod";

/** REST API of the cloud, with an access token. */
export interface Api {
  readonly url: string;
  readonly token: string;
}

/** Sends a JSON request. Rejects unless the response is a success. */
export const askApi = async (
  { url, token }: Api,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  }).catch((error: unknown) => {
    throw new Error(`${method} ${path}: no response from ${url}: ${reasonOf(error)}`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
};

/** The error of `fetch` only says that it failed; its cause says why. */
const reasonOf = (error: unknown): string => {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof Error ? cause.message || cause.name : String(error);
};

const listed = z.array(z.object({ id: z.string(), event: z.string() }));
const created = z.object({ id: z.string() });

/**
 * Adds a webhook in the default form and returns its id. `product` selects the fleet of a product.
 */
export const addWebhook = async (
  api: Api,
  { event, url, product }: { event: string; url: string; product?: number },
): Promise<string> => {
  const path = product === undefined ? "/v1/integrations" : `/v1/products/${product}/integrations`;
  const webhook = { event, url, integration_type: "Webhook" };
  return created.parse(await askApi(api, "POST", path, webhook)).id;
};

/** Removes the webhooks of an event: after a restart, their targets no longer exist. */
export const removeWebhooks = async (api: Api, event: string): Promise<void> => {
  for (const one of listed.parse(await askApi(api, "GET", "/v1/integrations"))) {
    if (one.event === event) await askApi(api, "DELETE", `/v1/integrations/${one.id}`);
  }
};
