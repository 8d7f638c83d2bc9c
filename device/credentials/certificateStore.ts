/**
 * Keeps one text: the keys and certificates of a device that renews its certificate by itself. The text holds private keys.
 */
export interface CertificateStore {
  /** The text that was written last; `undefined` when there is none. */
  read(): Promise<string | undefined>;
  /**
   * Replaces the text as a whole. Resolves when it survives a power cut; whatever happens before that, the old text or the new
   * one is there, and never a part of one.
   */
  write(text: string): Promise<void>;
}
