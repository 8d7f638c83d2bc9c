import type { SecondFactor } from "./secondFactor.ts";

/** The second factors of users. A user without one logs in by password alone. */
export interface SecondFactors {
  /** The factor as it is now in this region. */
  find(fleet: string): Promise<SecondFactor | undefined>;
  /** Fails with `already_exists` when the user has one. */
  add(factor: SecondFactor): Promise<void>;
  /** Writes a factor over the version before it. Answers `false`, and writes nothing, when that is not the stored one. */
  replace(factor: SecondFactor): Promise<boolean>;
  /** Answers whether there was one. */
  remove(fleet: string): Promise<boolean>;
}
