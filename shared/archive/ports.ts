import type { ArchiveEntry, ArchiveSetting } from "../event/archiveSetting.ts";
import type { ReceivedEvent } from "../event/deviceEvent.ts";

/** Archive settings of fleets. */
export interface ArchiveSettings {
  find(fleet: string): Promise<ArchiveSetting | undefined>;
  put(fleet: string, setting: ArchiveSetting): Promise<void>;
  /** Returns `false` unless the stored setting is `before`; `undefined`: none is stored. */
  replace(
    fleet: string,
    setting: ArchiveSetting,
    before: ArchiveSetting | undefined,
  ): Promise<boolean>;
}

/** The queue of events to be archived in this region. */
export interface ArchiveQueue {
  /** Returns the error of each event that the queue did not take, by index. */
  send(events: readonly ArchiveEntry[]): Promise<ReadonlyMap<number, Error>>;
}

/** An object of the archive: events of one fleet and hour, oldest first. */
export interface ArchivedObject {
  readonly events: readonly ReceivedEvent[];
  /** The number of lines that cannot be parsed. */
  readonly malformed: number;
}

/** The archive of events of this region. */
export interface ArchiveStore {
  /** Writes events of one fleet and hour, oldest first. They are kept for at least `days`. */
  write(object: {
    readonly fleet: string;
    readonly days: number;
    readonly events: readonly ReceivedEvent[];
  }): Promise<void>;
  /**
   * Lists keys of a fleet's objects in the order of their first events: after the key `after`, or
   * from the start of the hour of `from` (milliseconds). The key contains the time of the first
   * event: `…/<milliseconds>-….gz`.
   */
  list(
    fleet: string,
    query: { from: number; after?: string | undefined; max: number },
  ): Promise<{ keys: readonly string[]; more: boolean }>;
  read(key: string): Promise<ArchivedObject>;
}
