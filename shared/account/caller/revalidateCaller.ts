import { Failure } from "../../platform/failure.ts";
import type { AuthenticateCaller, AuthRequest } from "./authenticateCaller.ts";
import { callerCheckIntervalMs } from "./limits.ts";

/** Stops the checks. */
type Stop = () => void;

/**
 * Checks every `callerCheckIntervalMs` whether a caller whose request is still open may go on: the token may be revoked, the user disabled, or
 * the member removed. Calls `onRefused` once, with the reason, when they may not. A check that fails for another reason, such as a table that cannot
 * be read, changes nothing. `authenticate` caches tokens, so many open requests of one token cost one read in `tokenCacheMs`.
 */
export const revalidateCaller = (
  request: AuthRequest,
  authenticate: AuthenticateCaller,
  { onRefused, onError }: { onRefused: (why: Failure) => void; onError: (error: unknown) => void },
): Stop => {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    isStopped = true;
    clearTimeout(timer);
  };
  const check = async (): Promise<void> => {
    try {
      await authenticate(request);
    } catch (error) {
      if (isStopped) return;
      if (isRefusal(error)) {
        stop();
        onRefused(error);
        return;
      }
      onError(error);
    }
    if (!isStopped) plan();
  };
  const plan = (): void => {
    timer = setTimeout(() => void check(), callerCheckIntervalMs);
  };
  plan();
  return stop;
};

/** The caller may not go on, as opposed to: it could not be found out. */
const isRefusal = (error: unknown): error is Failure =>
  error instanceof Failure && refusals.some((code) => code === error.code);

/** `not_found`: the product is gone, or the caller is no longer in its team. */
const refusals = ["invalid_token", "unauthorized", "not_found"] as const;
