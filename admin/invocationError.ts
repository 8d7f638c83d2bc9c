/** The admin function answered that it cannot do what it was asked. */
export class InvocationError extends Error {
  override readonly name = "InvocationError";
}
