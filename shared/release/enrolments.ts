import type { Enrolment } from "./model/enrolment.ts";

/** The targeted devices of releases. */
export interface Enrolments {
  find(release: string, device: string): Promise<Enrolment | undefined>;
  /** A page of the devices of a release, by id. */
  page(
    release: string,
    page: { limit: number; after?: string | undefined },
  ): Promise<{ enrolments: Enrolment[]; hasMore: boolean }>;
  /** Idempotent: writes the rows again. */
  put(enrolments: readonly Enrolment[]): Promise<void>;
}
