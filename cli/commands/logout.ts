import type { Command } from "../line/command.ts";
import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { findApi } from "../settings/access.ts";

export const logout: Command = {
  words: "logout",
  summary: "revoke the token of the log-in, and delete it here",
  arguments: [],
  options: {},
  notes: "A token that was given with --token is deleted here and stays valid.",
  async run(input, deps) {
    const { settings, out } = deps;
    const api = await findApi({ ...deps, api: input.text("api") });
    const { logins } = await settings.read();
    const login = Object.hasOwn(logins, api) ? logins[api] : undefined;
    if (login === undefined) {
      out.result({ api, signed_in: false }, `You are not signed in to ${api}.`);
      return undefined;
    }
    const isRevoked = login.isOwn && (await revoke({ api, token: login.token }, deps));
    await settings.change((before) => ({
      ...before,
      logins: Object.fromEntries(Object.entries(before.logins).filter(([name]) => name !== api)),
    }));
    out.result({ api, signed_in: false, revoked: isRevoked }, `Signed out of ${api}.`);
    return undefined;
  },
};

/** Revokes the token. Returns `false` if it is not valid any more. */
const revoke = async (
  access: { readonly api: string; readonly token: string },
  { cloudWith, out }: Pick<Parameters<Command["run"]>[1], "cloudWith" | "out">,
): Promise<boolean> => {
  try {
    await cloudWith(access).revokeToken();
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.exit === exits.signIn) return false;
    if (error.exit === exits.interrupted) throw error;
    out.note(`The token could not be revoked and stays valid until it expires: ${error.message}`);
    return false;
  }
};
