import type { Heard } from "../../device/heard.ts";
import type { Rhythm } from "./rhythm.ts";

/** What is being learned in several runs, because there are too many devices for one: from which objects, and which shard is next. */
export interface RhythmRound {
  readonly keys: readonly string[];
  readonly shard: number;
}

/** The rhythms of devices that were heard in this region. One writer at a time. */
export interface Rhythms {
  /** The round that is under way, if one is. */
  round(): Promise<RhythmRound | undefined>;
  putRound(round: RhythmRound | undefined): Promise<void>;
  read(shard: number): Promise<Rhythm[]>;
  write(shard: number, rhythms: readonly Rhythm[]): Promise<void>;
}

/** Which devices published something, and when: written down every few seconds, for whoever reads and removes it. */
export interface HeardDevices {
  /** At most one for each device. */
  add(heard: readonly Heard[], now: number): Promise<void>;
  /** The oldest ones, up to `max`. A device may be in several. */
  list(max: number): Promise<string[]>;
  read(key: string): Promise<Heard[]>;
  /** Those that are not there any more count as removed. */
  remove(keys: readonly string[]): Promise<void>;
}
