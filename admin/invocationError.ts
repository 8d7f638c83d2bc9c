/** The admin function returned an error. */
export class InvocationError extends Error {
  override readonly name = "InvocationError";
}
