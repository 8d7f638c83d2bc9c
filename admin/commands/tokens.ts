import type { Command } from "../command.ts";
import { pages } from "../pages.ts";
import { runWithPlan } from "../runWithPlan.ts";
import { textOf } from "../textOf.ts";

/** Lists a user's tokens. */
export const listTokens: Command = {
  words: "token list",
  argument: "NAME",
  summary: "list a user's tokens by their ids",
  options: {},
  run: (username, _, { invoke }) => pages(() => invoke({ listTokens: { username } })),
};

/** Revokes tokens of a user. */
export const revokeTokens: Command = {
  words: "token revoke",
  argument: "NAME",
  summary: "revoke one token of a user, or all",
  dangerous: true,
  options: {
    id: {
      value: "ID",
      description: "the id of one token (default: all tokens, and refresh tokens)",
    },
  },
  run: (username, options, deps) => {
    const id = textOf(options.id);
    return runWithPlan(
      {
        plan: async () => {
          const tokens = await pages(() => deps.invoke({ listTokens: { username } }));
          return tokens.filter((token) => id === undefined || ("id" in token && token.id === id));
        },
        act: async () => Object(await deps.invoke({ revokeTokens: { username, id } })),
      },
      options,
      deps,
    );
  },
};
