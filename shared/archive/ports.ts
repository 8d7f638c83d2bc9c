import type { ArchiveEntry, ArchiveSetting } from "../event/archiveSetting.ts";
import type { ReceivedEvent } from "../event/deviceEvent.ts";

/** Which fleets' events are archived. */
export interface ArchiveSettings {
  find(fleet: string): Promise<ArchiveSetting | undefined>;
  put(fleet: string, setting: ArchiveSetting): Promise<void>;
}

/** The queue of events on their way into the archive of this region. */
export interface ArchiveQueue {
  /** Answers why, for the index of each that the queue did not take. */
  send(events: readonly ArchiveEntry[]): Promise<ReadonlyMap<number, Error>>;
}

/** What was written at once: events of one fleet and hour, the oldest first. */
export interface ArchivedObject {
  readonly events: readonly ReceivedEvent[];
  /** Lines that cannot be read. */
  readonly malformed: number;
}

/** The archive of events of this region. */
export interface ArchiveStore {
  /** Events of one fleet and hour, the oldest first, to be kept for so many days at least. */
  write(object: {
    readonly fleet: string;
    readonly days: number;
    readonly events: readonly ReceivedEvent[];
  }): Promise<void>;
  /**
   * Objects of a fleet, by the time of their first events: after a key, or else from the hour of a time on. The time is in the key:
   * `…/<milliseconds>-….gz`.
   */
  list(
    fleet: string,
    query: { from: number; after?: string | undefined; max: number },
  ): Promise<{ keys: readonly string[]; more: boolean }>;
  read(key: string): Promise<ArchivedObject>;
}
