/** A problem that the operator can fix: reported as one line, without a stack trace. */
export class StartError extends Error {
  override readonly name = "StartError";
}
