import * as z from "zod";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import {
  newOAuthClientId,
  type OAuthClient,
  type OAuthClientOwner,
  type OAuthClients,
} from "../oauthClient.ts";
import { scopeList } from "../scopeList.ts";
import { hashToken, newTokenText } from "../token.ts";
import { oauthClientNameCharsMax, oauthClientsMax, redirectUriCharsMax } from "./limits.ts";

const name = z.string().trim().min(1).max(oauthClientNameCharsMax);

export const oauthClientInput = z
  .object({
    name,
    type: z.enum(["installed", "web"]).default("installed"),
    redirect_uri: z.url().max(redirectUriCharsMax).optional(),
    scope: scopeList.optional(),
  })
  .refine(({ type, redirect_uri }) => type !== "web" || redirect_uri !== undefined, {
    path: ["redirect_uri"],
    message: "is needed for a web client",
  });

export const oauthClientChange = z.object({
  client: z.string().max(200),
  name: name.optional(),
  scope: scopeList.optional(),
});

/** Makes an OAuth client. Its secret is in the answer and kept nowhere. Fails with `limit_reached`. */
export const addOAuthClient = async (
  { name, type, redirect_uri: redirectUri, scope: scopes }: z.output<typeof oauthClientInput>,
  owner: OAuthClientOwner,
  { clients, now }: { clients: OAuthClients; now: () => number },
): Promise<{ client: OAuthClient; secret: string }> => {
  const existing = await clients.list(owner);
  if (existing.length >= oauthClientsMax) {
    throw new Failure(`there are ${oauthClientsMax} clients at most`, { code: "limit_reached" });
  }
  const secret = newTokenText();
  const client: OAuthClient = {
    id: newOAuthClientId(name),
    name,
    type,
    ...omitUndefined({ redirectUri }),
    secretHash: hashToken(secret),
    owner,
    ...omitUndefined({ scopes }),
    createdAt: new Date(now()).toISOString(),
  };
  await clients.add(client);
  return { client, secret };
};
