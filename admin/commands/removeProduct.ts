import * as z from "zod";
import type { Command } from "../command.ts";
import { runWithPlan } from "../runWithPlan.ts";

const step = z.object({ left: z.number() });

/** Removes a product, also one whose removal was interrupted. */
export const removeProduct: Command = {
  words: "product remove",
  argument: "ID",
  summary:
    "remove a product, by its number, with its integrations; its devices return to their owners",
  dangerous: true,
  options: {},
  run: (product, options, { invoke, say }) =>
    runWithPlan(
      {
        plan: async () => Object(await invoke({ planProductRemoval: { product } })),
        act: async () => {
          for (;;) {
            const { left } = step.parse(await invoke({ removeProduct: { product } }));
            if (left === 0) return { product, removed: true };
            say(`at least ${left} devices or integrations are left`);
          }
        },
      },
      options,
      { say },
    ),
};
