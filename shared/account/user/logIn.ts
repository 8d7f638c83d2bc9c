import * as z from "zod/mini";
import type { Announce } from "../../audit/announce.ts";
import { time } from "../../input/time.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { passwordCharsMax, usernameCharsMax } from "../limits.ts";
import { otpCharsMax } from "../mfa/limits.ts";
import { redeemSecondStep, requireSecondStep, type SecondStepDeps } from "../mfa/secondStep.ts";
import type { OAuthClient, OAuthClients } from "../oauth/oauthClient.ts";
import { type Grant, type IssuedToken, issueToken } from "../token/issueToken.ts";
import { refresh } from "../token/refreshTokens.ts";
import { lifetime } from "../token/token.ts";
import type { TokenCache } from "../token/tokenCache.ts";
import type { TokenFamily } from "../token/tokenFamily.ts";
import { authenticateClient } from "../verify/authenticateClient.ts";
import { verifyPassword } from "../verify/verifyPassword.ts";
import type { Passwords } from "./password.ts";
import type { User } from "./user.ts";

/** Token request: RFC 6749, 4.3.2, 4.4.2 and 6, with Particle's `expires_in` and `expires_at`. */
export const logInInput = z.object({
  grant_type: z.optional(z.string()),
  username: z._default(
    z.string().check(z.trim(), z.toLowerCase(), z.maxLength(usernameCharsMax)),
    "",
  ),
  password: z._default(z.string().check(z.maxLength(passwordCharsMax)), ""),
  refresh_token: z._default(z.string().check(z.maxLength(200)), ""),
  mfa_token: z._default(z.string().check(z.maxLength(200)), ""),
  otp: z._default(z.string().check(z.trim(), z.maxLength(otpCharsMax)), ""),
  client_id: z._default(z.string().check(z.maxLength(200)), ""),
  client_secret: z._default(z.string().check(z.maxLength(200)), ""),
  expires_in: z.optional(lifetime),
  expires_at: z.optional(time),
});

type LogInInput = z.output<typeof logInInput>;

interface LogInDeps extends SecondStepDeps {
  accounts: Accounts;
  passwords: Passwords;
  clients: OAuthClients;
  tokenCache: TokenCache;
  /** Not called for a renewal, which changes no access. */
  announce: Announce;
  /** Called when a used refresh token is presented again. */
  onReuse: (family: TokenFamily) => void;
}

/** Token response: RFC 6749, 5.1. */
interface TokenAnswer {
  token_type: "bearer";
  access_token: string;
  /** 0 means that it never expires. */
  expires_in: number;
  refresh_token?: string;
}

/**
 * The result of a grant: the user and permissions of the token, its default lifetime, and whether
 * it is refreshable.
 */
interface GrantResult {
  readonly grant: Grant;
  readonly lifetimeSeconds?: number | undefined;
  readonly refreshable: boolean;
  /** The user's session generation, for refreshable tokens. */
  readonly sessionGeneration?: string | undefined;
}

/** Handles one grant type: authenticates the user or program, or fails. */
type GrantHandler = (
  input: LogInInput,
  from: { client: "public" | OAuthClient; address: string },
  deps: LogInDeps,
) => Promise<GrantResult>;

/** Exchanges a password, a refresh token or a client secret for a token. */
export const logIn = async (
  input: LogInInput,
  address: string,
  deps: LogInDeps,
): Promise<TokenAnswer> => {
  const handleGrant = grantHandlers.get(input.grant_type ?? "");
  if (handleGrant === undefined) {
    throw new Failure(`grant_type must be one of ${[...grantHandlers.keys()].join(", ")}`, {
      code: "unsupported_grant_type",
    });
  }
  const chosen = chosenLifetime(input, deps.now());
  const { client_id: id, client_secret: secret } = input;
  const client = await authenticateClient({ id, secret, address }, deps);
  // Before the password is checked, because it may be replaced concurrently.
  const startedAt = deps.now();
  const issued =
    handleGrant === "refresh"
      ? await refresh({ text: input.refresh_token, client: id, chosen }, deps)
      : await grantToken(
          await handleGrant(input, { client, address }, deps),
          { chosen, startedAt },
          deps,
        );
  return {
    token_type: "bearer",
    access_token: issued.text,
    expires_in: issued.expiresInSeconds,
    ...(issued.refresh !== undefined && { refresh_token: issued.refresh }),
  };
};

const grantToken = async (
  { grant, lifetimeSeconds, refreshable, sessionGeneration }: GrantResult,
  { chosen, startedAt }: { chosen: number | undefined; startedAt: number },
  deps: LogInDeps,
): Promise<IssuedToken> => {
  await deps.announce(grant);
  const expiresInSeconds = chosen ?? lifetimeSeconds;
  const options = { expiresInSeconds, refreshable, startedAt, sessionGeneration };
  return issueToken(grant, options, deps);
};

const passwordGrant: GrantHandler = async (input, from, deps) => {
  const { username, password, client_id } = input;
  const { client, address } = from;
  if (client !== "public" && "product" in client.owner) {
    throw new Failure("A client of a product must use client_credentials", {
      code: "unauthorized_client",
    });
  }
  const user = await verifyPassword({ username, password, address }, deps);
  const scopes = client === "public" ? undefined : client.scopes;
  if ((await deps.secondFactors.find(user.fleet)) !== undefined) {
    const lifetimeSeconds = chosenLifetime(input, deps.now());
    throw await requireSecondStep(user, { client: client_id, scopes, lifetimeSeconds }, deps);
  }
  return {
    grant: grantOf(user, { client: client_id, scopes }),
    refreshable: true,
    sessionGeneration: user.sessionGeneration,
  };
};

/** The grant of a user, as read when the request was authenticated. */
const grantOf = (
  { username, fleet, tokenGeneration }: User,
  given: Pick<Grant, "client" | "scopes">,
): Grant => ({ username, fleet, ...given, generation: tokenGeneration });

/** The second step of a log-in. */
const otpGrant: GrantHandler = async ({ mfa_token: mfaToken, otp, client_id }, _, deps) => {
  const { user, claim } = await redeemSecondStep({ mfaToken, otp, client: client_id }, deps);
  const { client, scopes, lifetimeSeconds } = claim;
  const { sessionGeneration } = user;
  return {
    grant: grantOf(user, { client, scopes }),
    lifetimeSeconds,
    refreshable: true,
    sessionGeneration,
  };
};

/**
 * A token for the owner of the client, or only for its product. RFC 6749, 4.4.3: no refresh token.
 */
const clientCredentialsGrant: GrantHandler = async (_, { client }, { accounts }) => {
  if (client === "public") {
    throw new Failure("A public client cannot use client_credentials", { code: "invalid_client" });
  }
  const { id, owner, scopes } = client;
  if ("product" in owner) {
    const product = await accounts.findProduct(owner.product);
    if (product === undefined) throw ownerNotFound();
    const { owner: username, fleet, id: number } = product;
    return {
      grant: { username, fleet, client: id, product: number, scopes },
      refreshable: false,
    };
  }
  const user = await accounts.findUser(owner.username);
  if (user === undefined || user.disabled) throw ownerNotFound();
  return {
    grant: grantOf(user, { client: id, scopes }),
    refreshable: false,
  };
};

const ownerNotFound = () =>
  new Failure("The owner of the client was removed", { code: "invalid_client" });

const grantHandlers: ReadonlyMap<string, GrantHandler | "refresh"> = new Map<
  string,
  GrantHandler | "refresh"
>([
  ["password", passwordGrant],
  ["refresh_token", "refresh"],
  ["urn:custom:mfa-otp", otpGrant],
  ["client_credentials", clientCredentialsGrant],
]);

const chosenLifetime = (
  { expires_in, expires_at }: LogInInput,
  now: number,
): number | undefined => {
  if (expires_at === undefined) return expires_in;
  const seconds = Math.floor((expires_at - now) / 1_000);
  if (seconds < 1) throw new Failure("expires_at is in the past", { code: "invalid_request" });
  return seconds;
};
