/** Encrypts secrets for storage. */
export interface Secrets {
  /** Encrypts a text. It can be decrypted only with the same context. */
  seal(text: string, context: string): Promise<string>;
  /** Fails with `unavailable` while no key is accessible. */
  open(sealed: string, context: string): Promise<string>;
  /**
   * Adds the keys of regions that were unavailable when the secret was encrypted, or were added
   * later, so that every region can decrypt it. Returns `undefined` if no key is missing, or the
   * missing regions are not accessible. Never fails.
   */
  complete(sealed: string): Promise<string | undefined>;
}
