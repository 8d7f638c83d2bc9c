import type { Team } from "./team.ts";

/** The teams of products: a row for each. */
export interface Teams {
  /** As it is now. */
  find(product: number): Promise<Team | undefined>;
  /** Answers `false` when it is not the next revision: somebody else changed it. */
  put(team: Team): Promise<boolean>;
  remove(product: number): Promise<void>;
}

/**
 * In which teams a name is to be looked for. A hint only: what counts is the team itself. A hint is written before the
 * team, so that nobody is in a team and does not find it.
 */
export interface TeamHints {
  /**
   * `key` tells the hints of one product apart: an address that was invited, or a person's fleet. With `expiresAt`, in
   * milliseconds since 1970, the table clears the hint away after that time.
   */
  put(hint: {
    readonly product: number;
    readonly username: string;
    readonly key: string;
    readonly expiresAt?: number;
  }): Promise<void>;
  /** The products, up to `membershipsListedMax`. A new one may be missing for a moment. */
  list(username: string): Promise<number[]>;
  remove(hint: { readonly product: number; readonly key: string }): Promise<void>;
}
