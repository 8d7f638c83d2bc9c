import * as z from "zod";
import { Failure } from "../failure.ts";
import { passwordCharsMax, usernameCharsMax } from "../limits.ts";
import type { Accounts } from "../ports.ts";
import { issueToken, lifetime } from "./addToken.ts";
import { checkPassword, hashPassword } from "./password.ts";

/** The clients that everybody has: particle-api-js, particle-cli and the examples of Particle's documentation. */
const publicClients = new Set(["particle-api", "particle-cli", "particle"]);

/** RFC 6749, 4.3.2, with Particle's `expires_in` and `expires_at`. */
export const logInInput = z.object({
  grant_type: z.string().optional(),
  username: z.string().trim().toLowerCase().max(usernameCharsMax).default(""),
  password: z.string().max(passwordCharsMax).default(""),
  client_id: z.string().default(""),
  client_secret: z.string().default(""),
  expires_in: lifetime.optional(),
  expires_at: z.iso.datetime({ offset: true }).optional(),
});

type LogInInput = z.output<typeof logInInput>;

/** RFC 6749, 5.1. */
interface TokenAnswer {
  token_type: "bearer";
  access_token: string;
  expires_in: number;
}

/** Exchanges a password for a token. */
export const logIn = async (
  input: LogInInput,
  { accounts, now }: { accounts: Accounts; now: () => number },
): Promise<TokenAnswer> => {
  if (input.grant_type !== "password") {
    throw new Failure("grant_type must be password", { code: "unsupported_grant_type" });
  }
  const client = input.client_id;
  if (!publicClients.has(client) || input.client_secret !== client) {
    throw new Failure("Client credentials are invalid", { code: "invalid_client" });
  }
  const user = await accounts.findUser(input.username);
  // An unknown name takes as long as a wrong password, so that the time does not tell which names exist.
  const hash = user?.passwordHash ?? (await nobodysHash());
  const right = await checkPassword(input.password, hash);
  if (user === undefined || !right) {
    throw new Failure("User credentials are invalid", { code: "invalid_grant" });
  }
  const expiresInSeconds = chosenLifetime(input, now());
  const issued = await issueToken(user, { client, expiresInSeconds }, { accounts, now });
  return {
    token_type: "bearer",
    access_token: issued.text,
    expires_in: issued.expiresInSeconds,
  };
};

const chosenLifetime = (
  { expires_in, expires_at }: LogInInput,
  now: number,
): number | undefined => {
  if (expires_at === undefined) return expires_in;
  const seconds = Math.floor((Date.parse(expires_at) - now) / 1_000);
  if (seconds < 1) throw new Failure("expires_at is in the past", { code: "invalid_request" });
  return seconds;
};

let nobody: Promise<string> | undefined;
const nobodysHash = (): Promise<string> => {
  nobody ??= hashPassword("nobody's password");
  return nobody;
};
