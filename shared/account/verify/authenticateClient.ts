import { timingSafeEqual } from "node:crypto";
import { Failure } from "../../platform/failure.ts";
import type { OAuthClient, OAuthClients } from "../oauth/oauthClient.ts";
import { hashToken } from "../token/token.ts";
import { type ThrottleDeps, throttleAttempts } from "./throttleAttempts.ts";

/**
 * Public clients and their secrets: particle-api-js, particle-cli, the examples of Particle's
 * documentation, older clients, and this project's command line. particle-cli before 3.47 logs in
 * as `CLI2`.
 */
const publicClients: ReadonlyMap<string, string> = new Map([
  ["particle-api", "particle-api"],
  ["particle-cli", "particle-cli"],
  ["CLI2", "client_secret_here"],
  ["particle", "particle"],
  ["spark", "spark"],
  ["godwit", "godwit"],
]);

/**
 * Authenticates an OAuth client: a public client or a registered one. Fails with `invalid_client`.
 */
export const authenticateClient = async (
  { id, secret, address }: { id: string; secret: string; address: string },
  deps: ThrottleDeps & { clients: OAuthClients },
): Promise<"public" | OAuthClient> => {
  const publicSecret = publicClients.get(id);
  if (publicSecret !== undefined) {
    if (secret === publicSecret) return "public";
    throw invalid();
  }
  if (id === "" || secret === "") throw invalid();
  const check = async () => {
    const client = await deps.clients.find(id);
    return client && sameHash(client.secretHash, hashToken(secret)) ? client : undefined;
  };
  const client = await throttleAttempts({ subject: `client#${id}`, address }, check, deps);
  if (client === undefined) throw invalid();
  return client;
};

const sameHash = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const invalid = () => new Failure("Client credentials are invalid", { code: "invalid_client" });
