import type { Command } from "../command.ts";

/** Creates a link that signs a user in to the console. */
export const linkSession: Command = {
  words: "session link",
  argument: "NAME",
  summary: "create a link that signs a user in to the console, once and within 10 minutes",
  options: {
    operator: { description: "the session may also use pages, incidents and operations" },
  },
  run: async (username, { operator }, { invoke }) =>
    Object(await invoke({ addSessionLink: { username, operator: operator === true } })),
};
