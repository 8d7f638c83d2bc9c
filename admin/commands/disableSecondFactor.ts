import type { Command } from "../command.ts";

/** Disables the second factor of a user who has lost their authenticator app and recovery codes. */
export const disableSecondFactor: Command = {
  words: "user disable-mfa",
  argument: "NAME",
  summary: "disable the second factor of a user who has lost it",
  options: {},
  async run(username, _, { invoke }) {
    return Object(await invoke({ disableSecondFactor: { username } }));
  },
};
