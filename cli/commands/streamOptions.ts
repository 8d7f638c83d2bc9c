import type { Command } from "../line/command.ts";

/** The options of a command that follows events: which of them. */
export const streamOptions = {
  filter: { value: "PREFIX", summary: "only events whose names begin with this" },
  device: { value: "DEVICE", summary: "only events of this device, by id or name" },
} as const satisfies Command["options"];
