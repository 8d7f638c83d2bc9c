import * as z from "zod";
import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";
import { wholeNumber } from "../wholeNumber.ts";

const page = z.object({ published: z.number(), next: z.string().optional() });

/** Tells all devices of a region to reconnect within a period. */
export const reconnectDevices: Command = {
  words: "devices reconnect",
  argument: "MINUTES",
  summary: "request that all devices of a region reconnect, each at a random time within MINUTES",
  options: { after: { value: "PLACE", description: "continue an earlier run" } },
  async run(minutes, options, { invoke, say }) {
    const withinSeconds = (wholeNumber("MINUTES", minutes) ?? 0) * 60;
    let published = 0;
    let after = textOf(options.after);
    for (;;) {
      const done = page.parse(await invoke({ reconnectDevices: { withinSeconds, after } }));
      published += done.published;
      if (done.next === undefined) return { published };
      after = done.next;
      say(`requested it from ${published} devices; to continue: --after '${after}'`);
    }
  },
};
