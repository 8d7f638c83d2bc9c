import { reconnectMsMax, reconnectMsMin, regionUnavailableMs } from "../limits.ts";
import type { StreamFilter } from "../liveEvent.ts";
import type { Subscription } from "../ports.ts";
import type { Cursor, RegionPosition } from "../position.ts";
import { followRegion } from "./followRegion.ts";

type Follow = Parameters<typeof followRegion>;

interface Deps extends Omit<Follow[1], "onError"> {
  /** How a gap names it. */
  region: string;
  onError: (what: "followRemoteRegion" | "catchUp", error: unknown) => void;
}

/**
 * Shows the events of another region for as long as its stream lasts. One that is not heard is tried again, less and
 * less often; what was missed meanwhile is shown when it is back, as far as it was kept. After `regionUnavailableMs`
 * the stream says that there is a gap, and its place moves on.
 */
export const followRemoteRegion = (
  {
    filter,
    after,
    position,
  }: { filter: StreamFilter; after?: Cursor | undefined; position: RegionPosition },
  deps: Deps,
  on: Omit<Follow[2], "end">,
): Subscription => {
  const { region, wait, signal, onError } = deps;
  let current: Subscription | undefined;
  /** Calls what this answers when the region is heard. */
  const miss = (): (() => void) => {
    const found = new AbortController();
    wait(regionUnavailableMs, AbortSignal.any([signal, found.signal])).then(
      () => {
        if (found.signal.aborted || signal.aborted) return;
        position.markUnavailable();
        on.gap(`${region} is not heard`);
      },
      () => {},
    );
    return () => found.abort();
  };
  /** Resolves when it is heard; `over` does when it is not any more. */
  const follow = async (from: Cursor | undefined) => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const subscription = await followRegion({ filter, after: from, position }, deps, {
      ...on,
      gap: (why) => on.gap(`${region}: ${why}`),
      end(error) {
        if (error) onError("followRemoteRegion", error);
        end();
      },
    });
    signal.addEventListener("abort", () => end(), { once: true });
    if (signal.aborted) end();
    return { subscription, over };
  };
  const run = async (): Promise<void> => {
    let from = after;
    let waitMs = reconnectMsMin;
    let found = miss();
    while (!signal.aborted) {
      try {
        const { subscription, over } = await follow(from);
        found();
        waitMs = reconnectMsMin;
        current = subscription;
        await over;
        current = undefined;
        await subscription.close();
        found = miss();
      } catch (error) {
        onError("followRemoteRegion", error);
      }
      from = position.cursor();
      await wait(waitMs, signal);
      waitMs = Math.min(2 * waitMs, reconnectMsMax);
    }
  };
  run().catch((error: unknown) => {
    if (!signal.aborted) onError("followRemoteRegion", error);
  });
  return {
    ping: () => current?.ping(),
    close: async () => current?.close(),
  };
};
