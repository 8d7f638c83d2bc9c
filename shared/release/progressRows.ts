import type { Pace } from "./model/pace.ts";
import type { Progress } from "./model/progress.ts";

/** The progress of devices in releases: a row for each device and region. */
export interface ProgressRows {
  /** The rows of all regions. Strongly consistent for this one. */
  of(release: string, device: string): Promise<Progress[]>;
  /** The rows of all regions for devices from the one after `after`, by device. */
  page(
    release: string,
    page: { limit: number; after?: string | undefined },
  ): Promise<{ rows: Progress[]; hasMore: boolean }>;
  /** Writes a row of this region. Returns `false` if another worker has written this revision. */
  put(progress: Progress): Promise<boolean>;
}

/** The slots of releases: a row for each region. */
export interface PaceRows {
  /** The row of this region. Strongly consistent. */
  find(release: string): Promise<Pace | undefined>;
  /** The rows of all regions. Eventually consistent. */
  list(release: string): Promise<Pace[]>;
  /** Writes a row of this region. Returns `false` if another worker has written this revision. */
  put(pace: Pace): Promise<boolean>;
}
