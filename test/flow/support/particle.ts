import Particle from "particle-api-js";
import type { Cloud } from "../../../local/cloud.ts";

/** Particle's own client, as it is, pointed at a cloud. */
export const particleClient = (
  { api: baseUrl }: Pick<Cloud, "api">,
  auth?: string,
  more: { clientId?: string; clientSecret?: string } = {},
): Particle => new Particle({ baseUrl, ...(auth !== undefined && { auth }), ...more });

/** A new product of whoever the client is, made as particle-cli makes one: particle-api-js has no method for it. */
export const newProduct = async (
  client: Particle,
  name: string,
): Promise<{ id: number; slug: string }> => {
  const { body } = await client.post<{ product: { id: number; slug: string } }>({
    uri: "/v1/user/products",
    data: { product: { name, description: "", platform_id: 13, settings: {} } },
  });
  return body.product;
};
