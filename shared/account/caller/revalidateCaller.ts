import { Failure } from "../../platform/failure.ts";
import type { AuthenticateCaller, AuthRequest } from "./authenticateCaller.ts";
import { callerCheckIntervalMs } from "./limits.ts";

/** Stops the re-authentication. */
type Stop = () => void;

/**
 * Re-authenticates the caller of an open request every `callerCheckIntervalMs`: the token may be
 * revoked, the user disabled, or the member removed. Calls `onRefused` once, with the reason, when
 * the caller has lost access. A check that fails for another reason, such as an unavailable table,
 * has no effect. `authenticate` caches tokens, so many open requests of one token cost one read per
 * `tokenCacheMs`.
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

/** Whether the caller has lost access, in contrast to a failed check. */
const isRefusal = (error: unknown): error is Failure =>
  error instanceof Failure && refusals.some((code) => code === error.code);

/** `not_found`: the product was removed, or the caller is no longer in its team. */
const refusals = ["invalid_token", "unauthorized", "not_found"] as const;
