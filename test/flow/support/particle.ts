import Particle from "particle-api-js";
import type { Cloud } from "../../../local/cloud.ts";

/** The unmodified client library of Particle (particle-api-js), with the base URL of a cloud. */
export const particleClient = (
  { api: baseUrl }: Pick<Cloud, "api">,
  auth?: string,
  more: { clientId?: string; clientSecret?: string } = {},
): Particle => new Particle({ baseUrl, ...(auth !== undefined && { auth }), ...more });

/** Creates a product with the request of particle-cli. particle-api-js has no method for it. */
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
