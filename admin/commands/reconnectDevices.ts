import * as z from "zod";
import type { Command } from "../command.ts";
import { textOf } from "../textOf.ts";
import { wholeNumber } from "../wholeNumber.ts";

const page = z.object({ told: z.number(), next: z.string().optional() });

/** Has all devices that are connected to a region come back, spread over a time. */
export const reconnectDevices: Command = {
  words: "devices reconnect",
  argument: "MINUTES",
  summary: "have all devices of a region come back, each at a random time within so many minutes",
  options: { after: { value: "PLACE", says: "go on where an earlier run was" } },
  async run(minutes, options, { invoke, say }) {
    const withinSeconds = (wholeNumber("MINUTES", minutes) ?? 0) * 60;
    let told = 0;
    let after = textOf(options.after);
    for (;;) {
      const done = page.parse(await invoke({ reconnectDevices: { withinSeconds, after } }));
      told += done.told;
      if (done.next === undefined) return { told };
      after = done.next;
      say(`told ${told} devices; to go on from here: --after '${after}'`);
    }
  },
};
