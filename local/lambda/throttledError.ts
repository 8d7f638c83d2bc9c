/** An invocation that did not reach the function, because all the environments it may have are busy. */
export class ThrottledError extends Error {
  override readonly name = "TooManyRequestsException";
}
