/** This machine cannot start a thread for an environment now. The function has nothing to do with it. */
export class NotStarted extends Error {
  override readonly name = "NotStarted";
}
