import type { Record } from "./record.ts";

/** A record that says nothing: what a worker says stands beside it. */
export const nothingToSay: Record = { heard: [], plans: [], outcomes: [], attempts: [] };
