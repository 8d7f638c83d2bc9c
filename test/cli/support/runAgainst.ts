import { type Answer, type Asked, fakeApi } from "./fakeApi.ts";
import { type RunOptions, runCommand } from "./runCommand.ts";

/** Runs a command against a fake API with these answers. Returns what the API was asked, too. */
export const runAgainst = async (
  answers: Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>,
  args: readonly string[],
  options: RunOptions = {},
) => {
  const { api, asked } = await fakeApi(answers);
  const environment = { GODWIT_API: api, GODWIT_TOKEN: "secret" };
  return { ...(await runCommand(args, { environment, ...options })), asked };
};
