import { visible } from "../../shared/platform/visibleText.ts";
import type { Cloud } from "../cloud/cloud.ts";
import { CloudError } from "../cloud/cloudError.ts";
import type { Command, CommandDeps, Input } from "../line/command.ts";
import { CommandError, usageError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { findApi } from "../settings/access.ts";
import { isUnencrypted } from "../settings/apiAddress.ts";
import type { Login } from "../settings/settings.ts";

/** The grant of a log-in with a one-time password: docs/api.md, "Second factor". */
const otpGrant = "urn:custom:mfa-otp";
/** Wrong one-time passwords before the command ends. */
const otpAttemptsMax = 3;

export const login: Command = {
  words: "login",
  summary: "sign in, and store the token",
  arguments: [],
  options: {
    username: { value: "NAME", summary: "user name (default: it is asked for)" },
    token: {
      value: "TOKEN",
      summary: "store this token in place of a log-in; - reads it without echo",
    },
    otp: {
      value: "CODE",
      summary: "one-time password or recovery code (default: it is asked for)",
    },
  },
  notes: `The password is asked for without echo; in a pipe, it is the first line of standard input.
The token is stored in a file that only you can read, and is sent only to this API.`,
  async run(input, deps) {
    const { settings, out } = deps;
    const api = await findApi({ ...deps, api: input.text("api") });
    if (isUnencrypted(api)) {
      out.note(
        `Warning: ${api} is not encrypted. Others on the network can read the password and the token.`,
      );
    }
    const made = await signIn(api, input, deps);
    const former = (await settings.read()).logins[api];
    await settings.change((before) => ({
      ...before,
      api,
      logins: { ...before.logins, [api]: made },
    }));
    await revokeQuietly(api, former, made, deps);
    const name = made.username === undefined ? "" : ` as ${visible(made.username)}`;
    out.result(
      { api, username: made.username ?? null, expires_at: made.expiresAt ?? null },
      `Signed in to ${api}${name}.`,
    );
    return undefined;
  },
};

const signIn = async (api: string, input: Input, deps: CommandDeps): Promise<Login> => {
  const given = input.text("token");
  if (given === undefined) return byPassword(deps.anonymousCloud(api), input, deps);
  if (input.has("username") || input.has("otp")) {
    throw usageError("--token cannot be combined with --username and --otp.");
  }
  const token = (given === "-" ? await deps.prompt.secret("Token: ") : given).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw usageError("A token has visible ASCII characters only.");
  const cloud = deps.cloudWith({ api, token });
  const { expires_at: expiresAt } = await cloud.showToken();
  const username = await userOf(cloud);
  return {
    token,
    isOwn: false,
    ...(username !== undefined && { username }),
    ...(expiresAt !== null && { expiresAt }),
  };
};

/** The user of a token. Limited tokens have none. */
const userOf = async (cloud: Pick<Cloud, "showUser">): Promise<string | undefined> => {
  try {
    return (await cloud.showUser()).username;
  } catch (error) {
    if (error instanceof CloudError && error.status === 403) return undefined;
    throw error;
  }
};

const byPassword = async (
  cloud: Pick<Cloud, "logIn">,
  input: Input,
  { prompt, now, out }: CommandDeps,
): Promise<Login> => {
  const username = (input.text("username") ?? (await prompt.line("User name: "))).trim();
  if (username === "") throw usageError("A user name is needed: --username NAME.");
  const password = await prompt.secret("Password: ");
  const issued = await cloud
    .logIn({ grant_type: "password", username, password })
    .catch(async (error: unknown) => {
      if (!(error instanceof CloudError) || error.mfaToken === undefined) throw asLoginError(error);
      return bySecondFactor(cloud, error.mfaToken, { input, prompt, out });
    });
  const { access_token: token, expires_in: seconds } = issued;
  const expiresAt =
    seconds > 0 ? { expiresAt: new Date(now() + seconds * 1_000).toISOString() } : {};
  return { token, username, isOwn: true, ...expiresAt };
};

const bySecondFactor = async (
  cloud: Pick<Cloud, "logIn">,
  mfaToken: string,
  { input, prompt, out }: Pick<CommandDeps, "prompt" | "out"> & { input: Input },
) => {
  const given = input.text("otp");
  for (let attempt = 1; ; attempt++) {
    const otp = (given ?? (await prompt.line("One-time password or recovery code: "))).trim();
    try {
      return await cloud.logIn({ grant_type: otpGrant, mfa_token: mfaToken, otp });
    } catch (error) {
      const isLast = given !== undefined || !prompt.isTerminal || attempt === otpAttemptsMax;
      const isWrong = error instanceof CloudError && error.code === "invalid_grant";
      if (!isWrong || isLast) throw asLoginError(error);
      out.note(error.message);
    }
  }
};

const asLoginError = (error: unknown): unknown =>
  error instanceof CloudError && error.status === 400
    ? new CommandError(error.message, { exit: exits.signIn, cause: error })
    : error;

/**
 * Revokes the token of the former log-in, which nothing uses any more. A failure does not matter.
 */
const revokeQuietly = async (
  api: string,
  former: Login | undefined,
  made: Login,
  deps: Pick<CommandDeps, "cloudWith">,
): Promise<void> => {
  if (former?.isOwn !== true || former.token === made.token) return;
  await deps
    .cloudWith({ api, token: former.token })
    .revokeToken()
    .catch(() => {});
};
