import * as z from "zod";
import { Failure } from "../failure.ts";
import { passwordCharsMax, usernameCharsMax } from "../limits.ts";
import type { Accounts, OAuthClients } from "../ports.ts";
import type { GuardNeeds } from "./guardGuess.ts";
import { type Grant, type Issued, issueToken } from "./issueToken.ts";
import type { KnowToken } from "./knowToken.ts";
import { lifetime } from "./lifetime.ts";
import type { OAuthClient } from "./oauthClient.ts";
import type { Passwords } from "./password.ts";
import { proveClient } from "./proveClient.ts";
import { provePassword } from "./provePassword.ts";
import { refresh } from "./refreshTokens.ts";
import type { TokenFamily } from "./tokenFamily.ts";

/** RFC 6749, 4.3.2, 4.4.2 and 6, with Particle's `expires_in` and `expires_at`. */
export const logInInput = z.object({
  grant_type: z.string().optional(),
  username: z.string().trim().toLowerCase().max(usernameCharsMax).default(""),
  password: z.string().max(passwordCharsMax).default(""),
  refresh_token: z.string().max(200).default(""),
  client_id: z.string().default(""),
  client_secret: z.string().default(""),
  expires_in: lifetime.optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

type LogInInput = z.output<typeof logInInput>;

interface LogInNeeds extends GuardNeeds {
  accounts: Accounts;
  passwords: Passwords;
  clients: OAuthClients;
  known: KnowToken;
  /** Called when a used refresh token comes back. */
  onReuse: (family: TokenFamily) => void;
}

/** RFC 6749, 5.1. */
interface TokenAnswer {
  token_type: "bearer";
  access_token: string;
  /** 0 is for ever. */
  expires_in: number;
  refresh_token?: string;
}

/** Who gets a token, and whether it can be renewed. */
interface Granted {
  readonly grant: Grant;
  readonly refreshable: boolean;
}

/** A grant's way: it finds out whose token is asked for, or fails. */
type Way = (
  input: LogInInput,
  from: { client: "public" | OAuthClient; address: string },
  needs: LogInNeeds,
) => Promise<Granted>;

/** Exchanges a password, a refresh token or a client's secret for a token. */
export const logIn = async (
  input: LogInInput,
  address: string,
  needs: LogInNeeds,
): Promise<TokenAnswer> => {
  const way = ways.get(input.grant_type ?? "");
  if (way === undefined) {
    throw new Failure(`grant_type must be one of ${[...ways.keys()].join(", ")}`, {
      code: "unsupported_grant_type",
    });
  }
  const chosen = chosenLifetime(input, needs.now());
  const { client_id: id, client_secret: secret } = input;
  const client = await proveClient({ id, secret, address }, needs);
  const issued =
    way === "refresh"
      ? await refresh({ text: input.refresh_token, client: id, chosen }, needs)
      : await grantToken(await way(input, { client, address }, needs), chosen, needs);
  return {
    token_type: "bearer",
    access_token: issued.text,
    expires_in: issued.expiresInSeconds,
    ...(issued.refresh !== undefined && { refresh_token: issued.refresh }),
  };
};

const grantToken = (
  { grant, refreshable }: Granted,
  expiresInSeconds: number | undefined,
  needs: LogInNeeds,
): Promise<Issued> => issueToken(grant, { expiresInSeconds, refreshable }, needs);

const withPassword: Way = async ({ username, password, client_id }, from, needs) => {
  const { client, address } = from;
  if (client !== "public" && "product" in client.owner) {
    throw new Failure("A product's client gets tokens by client_credentials only", {
      code: "unauthorized_client",
    });
  }
  const user = await provePassword({ username, password, address }, needs);
  const scopes = client === "public" ? undefined : client.scopes;
  return {
    grant: { username: user.username, fleet: user.fleet, client: client_id, scopes },
    refreshable: true,
  };
};

/** The token is its owner's, or good for its product only. RFC 6749, 4.4.3: no refresh token. */
const withClient: Way = async (_, { client }, { accounts }) => {
  if (client === "public") {
    throw new Failure("A public client has no tokens of its own", { code: "invalid_client" });
  }
  const { id, owner, scopes } = client;
  if ("product" in owner) {
    const product = await accounts.findProduct(owner.product);
    if (product === undefined) throw gone();
    const { owner: username, fleet, id: number } = product;
    return {
      grant: { username, fleet, client: id, product: number, scopes },
      refreshable: false,
    };
  }
  const user = await accounts.findUser(owner.username);
  if (user === undefined) throw gone();
  return {
    grant: { username: user.username, fleet: user.fleet, client: id, scopes },
    refreshable: false,
  };
};

const gone = () =>
  new Failure("The owner of the client is not there any more", { code: "invalid_client" });

const ways: ReadonlyMap<string, Way | "refresh"> = new Map<string, Way | "refresh">([
  ["password", withPassword],
  ["refresh_token", "refresh"],
  ["client_credentials", withClient],
]);

const chosenLifetime = (
  { expires_in, expires_at }: LogInInput,
  now: number,
): number | undefined => {
  if (expires_at === undefined) return expires_in;
  const seconds = Math.floor((Date.parse(expires_at) - now) / 1_000);
  if (seconds < 1) throw new Failure("expires_at is in the past", { code: "invalid_request" });
  return seconds;
};
