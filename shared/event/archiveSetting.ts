import * as z from "zod/mini";
import { receivedEvent } from "./deviceEvent.ts";
import { archiveDaysMax, archiveDaysMin } from "./limits.ts";

const days = z.int().check(z.minimum(archiveDaysMin), z.maximum(archiveDaysMax));

/** Whether a fleet's events are archived, and for how many days archived events can be read. */
export const archiveSetting = z.object({ enabled: z.boolean(), days });

export type ArchiveSetting = z.output<typeof archiveSetting>;

/** An event to be archived. */
export const archiveEntry = z.object({
  fleet: z.string().check(z.minLength(1)),
  days,
  received: receivedEvent,
});

export type ArchiveEntry = z.output<typeof archiveEntry>;

/** A message of the queue `Archiving`. */
export const archiveMessage = z.object({ events: z.array(archiveEntry) });

export type ArchiveMessage = z.output<typeof archiveMessage>;
