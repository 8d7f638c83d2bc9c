/** An invocation of a function that no template has. */
export class FunctionNotFound extends Error {
  override readonly name = "ResourceNotFoundException";

  constructor(functionName: string) {
    super(`Function not found: ${functionName}`);
  }
}
