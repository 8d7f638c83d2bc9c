import type { Command } from "../command.ts";
import { wholeNumber } from "../wholeNumber.ts";

const daySeconds = 86_400;

/** Creates a token for a user. */
export const addToken: Command = {
  words: "token add",
  argument: "NAME",
  summary: "create a token of the REST API for a user, and print it",
  options: {
    days: { value: "N", description: "lifetime (default: it never expires)" },
    operator: {
      description: "for the operator of the deployment: only pages, incidents, operations",
    },
  },
  async run(username, { days, operator }, { invoke }) {
    const expiresInSeconds = (wholeNumber("--days", days) ?? 0) * daySeconds;
    const input = { username, expiresInSeconds, ...(operator === true && { operator }) };
    return Object(await invoke({ addToken: input }));
  },
};
