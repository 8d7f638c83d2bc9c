import type { Command } from "../command.ts";

/** Lets a user who has lost their authenticator app and their recovery codes in by password alone. */
export const disableSecondFactor: Command = {
  words: "user disable-mfa",
  argument: "NAME",
  summary: "disable the second factor of a user who has lost it",
  options: {},
  async run(username, _, { invoke }) {
    return Object(await invoke({ disableSecondFactor: { username } }));
  },
};
