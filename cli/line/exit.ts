/** Exit statuses of `godwit`. */
export const exits = {
  done: 0,
  failed: 1,
  usage: 2,
  signIn: 3,
  notFound: 4,
  unavailable: 5,
  interrupted: 130,
} as const;

/** What each status means, for the help and the documentation. */
export const exitMeanings: readonly (readonly [status: number, meaning: string])[] = [
  [exits.done, "done"],
  [exits.failed, "the request was refused, or it failed"],
  [exits.usage, "wrong command, option or argument"],
  [exits.signIn, "not signed in, or the token is not valid any more"],
  [exits.notFound, "no such device, product, integration, release or other thing"],
  [exits.unavailable, "no answer from the API, or it is overloaded: a later attempt can succeed"],
  [exits.interrupted, "stopped by Ctrl+C"],
];
