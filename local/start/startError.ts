/** A reason not to start that the person who starts can do something about: shown as one line, without a stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}
