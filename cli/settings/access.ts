import { CommandError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";
import { apiAddress, defaultApi } from "./apiAddress.ts";
import type { Settings } from "./settings.ts";

/** The cloud of a command, and the token for it. */
export interface Access {
  readonly api: string;
  readonly token: string;
  /** Where the token is from. */
  readonly source: "environment" | "stored";
}

interface AccessDeps {
  /** The value of `--api`. */
  readonly api: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly settings: Pick<Settings, "read">;
}

const given = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** The address of the API: `--api`, `GODWIT_API`, that of the last log-in, or this machine. */
export const findApi = async ({ api, environment, settings }: AccessDeps): Promise<string> => {
  const chosen = api ?? given(environment.GODWIT_API);
  if (chosen !== undefined) return apiAddress(chosen);
  return (await settings.read()).api ?? defaultApi;
};

/** The address and the token. A stored token is used only for the cloud that has issued it. */
export const findAccess = async (deps: AccessDeps): Promise<Access> => {
  const api = await findApi(deps);
  const token = given(deps.environment.GODWIT_TOKEN?.trim());
  if (token !== undefined) return { api, token, source: "environment" };
  const { logins } = await deps.settings.read();
  const login = Object.hasOwn(logins, api) ? logins[api] : undefined;
  if (login !== undefined) return { api, token: login.token, source: "stored" };
  throw new CommandError(`You are not signed in to ${api}. Sign in: godwit login --api ${api}`, {
    exit: exits.signIn,
  });
};
