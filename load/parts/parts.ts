import { calls, variables } from "./calls.ts";
import { deadLetters } from "./deadLetters.ts";
import { hello, provisioning, reconnect } from "./devices.ts";
import { events } from "./events.ts";
import { backfill, replay } from "./jobs.ts";
import type { Part } from "./part.ts";
import { consoleSessions, downloads, status } from "./reads.ts";
import { streams } from "./streams.ts";
import { usage } from "./usage.ts";

/** All parts, in the order in which `all` runs them. */
export const parts = {
  events,
  calls,
  variables,
  streams,
  reconnect,
  hello,
  provisioning,
  replay,
  backfill,
  "dead-letters": deadLetters,
  downloads,
  status,
  usage,
  console: consoleSessions,
} as const satisfies Readonly<Record<string, Part>>;

export type PartName = keyof typeof parts;

/** Whether a part has this name. */
export const isPartName = (name: string): name is PartName => Object.hasOwn(parts, name);

export const partNames = Object.keys(parts).filter(isPartName);
