/** Secrets of receivers: SecureStrings in Systems Manager. */
export interface PageSecrets {
  /**
   * The values of parameters. A parameter that does not exist is absent. Fails if the service does
   * not respond.
   */
  read(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}
