import { Failure } from "../../platform/failure.ts";
import type { OAuthClient, OAuthClientOwner, OAuthClients } from "../oauthClient.ts";

/** A client of this owner. Fails with `not_found`, also for somebody else's. */
export const findOAuthClient = async (
  id: string,
  owner: OAuthClientOwner,
  { clients }: { clients: OAuthClients },
): Promise<OAuthClient> => {
  const client = await clients.find(id);
  if (client !== undefined && isOf(client, owner)) return client;
  throw new Failure("Client not found", { code: "not_found" });
};

const isOf = ({ owner }: OAuthClient, other: OAuthClientOwner): boolean =>
  "username" in owner
    ? "username" in other && owner.username === other.username
    : "product" in other && owner.product === other.product;
