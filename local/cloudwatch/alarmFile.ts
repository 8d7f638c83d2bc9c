import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Log } from "../platform/log.ts";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import type { AlarmStatus } from "./alarm/status.ts";
import { type Outgoing, outgoing } from "./outbox.ts";

const state = z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]);
const reason = z.object({ text: z.string(), data: z.string().optional() });
const contributor = z.object({
  id: z.string(),
  attributes: z.record(z.string(), z.string()),
  reason: z.string(),
  since: z.number(),
});
const status = z.object({
  state,
  reason,
  transitionedAt: z.number(),
  updatedAt: z.number(),
  isPartial: z.boolean(),
  contributors: z
    .array(contributor)
    .transform((all) => new Map(all.map((each) => [each.id, each]))),
  pending: z.object({ from: state, by: z.enum(["mute", "suppressor"]) }).optional(),
  suppression: z
    .discriminatedUnion("by", [
      z.object({ by: z.literal("WaitPeriod"), until: z.number() }),
      z.object({ by: z.literal("ExtensionPeriod"), until: z.number() }),
      z.object({ by: z.literal("Alarm") }),
    ])
    .optional(),
});
const content = z.object({
  alarms: z.record(z.string(), status),
  outbox: z.array(outgoing),
});

/** What survives a restart: the states of the alarms, and the messages that are not delivered. */
export interface StoredAlarms {
  readonly statuses: ReadonlyMap<string, AlarmStatus>;
  readonly outbox: readonly Outgoing[];
}

/** The file with the states of the alarms of a region. */
export interface AlarmFile {
  read(): Promise<StoredAlarms>;
  write(stored: StoredAlarms): Promise<void>;
}

const empty: StoredAlarms = { statuses: new Map(), outbox: [] };

/** No file: nothing survives. */
export const noAlarmFile: AlarmFile = {
  read: async () => empty,
  async write() {},
};

/** A file in `folder`. A file that cannot be read is ignored: the alarms start without a state. */
export const openAlarmFile = (folder: string, log: Log): AlarmFile => {
  const path = join(folder, "alarms.json");
  return {
    async read() {
      try {
        const { alarms, outbox } = content.parse(JSON.parse(await readFile(path, "utf8")));
        return { statuses: new Map(Object.entries(alarms)), outbox };
      } catch (error) {
        const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
        if (!isMissing) log("states of the alarms cannot be read", { path, error }, "error");
        return empty;
      }
    },
    async write({ statuses, outbox }) {
      const alarms = Object.fromEntries(
        [...statuses].map(([name, { contributors, ...rest }]) => [
          name,
          { ...rest, contributors: [...contributors.values()] },
        ]),
      );
      await writeFileAtomically(path, JSON.stringify({ alarms, outbox }));
    },
  };
};
