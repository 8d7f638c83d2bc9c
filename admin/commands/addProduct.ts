import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";
import { UsageError } from "../usageError.ts";
import { wholeNumber } from "../wholeNumber.ts";

/** Adds a product for a user. */
export const addProduct: Command = {
  words: "product add",
  argument: "NAME",
  summary: "add a product for a user, with its own fleet",
  options: {
    name: { value: "TEXT", description: "name of the product" },
    description: { value: "TEXT", description: "description of the product" },
    platform: { value: "N", description: "platform number (default: 0)" },
  },
  async run(username, options, { invoke }) {
    const name = textOf(options.name);
    if (name === undefined) throw new UsageError("A product needs --name.");
    const platform_id = wholeNumber("--platform", options.platform) ?? 0;
    const product = { name, description: textOf(options.description), platform_id };
    return Object(await invoke({ addProduct: { username, product } }));
  },
};
