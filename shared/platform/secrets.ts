/** Seals secrets that are to be stored. */
export interface Secrets {
  /** What is sealed for one context cannot be opened for another. */
  seal(text: string, context: string): Promise<string>;
  /** Fails with `unavailable` while no key can be had. */
  open(sealed: string, context: string): Promise<string>;
  /**
   * The same secret, so that every region can open it by itself: some could not be asked when it
   * was sealed, or were added later. Returns `undefined` when it lacks none, and while those that
   * it lacks cannot be asked. Never fails.
   */
  complete(sealed: string): Promise<string | undefined>;
}
