import type { Command } from "../command.ts";
import { pages } from "../pages.ts";

/** Lists a user's products. */
export const listProducts: Command = {
  words: "product list",
  argument: "NAME",
  summary: "list the products that a user owns",
  options: {},
  run: (username, _, { invoke }) => pages(() => invoke({ listProducts: { username } })),
};
