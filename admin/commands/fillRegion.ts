import * as z from "zod";
import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";

const filled = z.object({
  told: z.number(),
  isFull: z.boolean(),
  unknown: z.array(z.string()),
  next: z.string().optional(),
});

/** How long it is left alone when it has enough to do, or does not answer. */
const waitMs = 10_000;

/** Tells a region that was added later of the devices that there were before. */
export const fillRegion: Command = {
  words: "region fill",
  argument: "REGION",
  summary: "let all devices into a region that was added after they were made",
  options: { after: { value: "PLACE", says: "go on where an earlier run was" } },
  async run(region, options, { invoke, wait, say }) {
    const unknown: string[] = [];
    let told = 0;
    let after = textOf(options.after);
    for (;;) {
      const page = filled.parse(await invoke({ fillRegion: { region, after } }));
      told += page.told;
      unknown.push(...page.unknown);
      if (page.next === undefined) return { region, told, unknown };
      after = page.next;
      say(`told of ${told} devices; to go on from here: --after '${after}'`);
      if (page.isFull) await wait(waitMs);
    }
  },
};
