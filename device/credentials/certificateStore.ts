/**
 * Stores one text: the credentials of a device that renews its certificate. The text contains
 * private keys.
 */
export interface CertificateStore {
  /** Returns the text of the last write, or `undefined` if there is none. */
  read(): Promise<string | undefined>;
  /**
   * Replaces the text atomically. Resolves when the text is durable. After a crash, `read` returns
   * either the old text or the new one.
   */
  write(text: string): Promise<void>;
}
