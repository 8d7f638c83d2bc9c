import { reconnectMsMax, reconnectMsMin, regionUnavailableMs } from "../limits.ts";
import type { StreamFilter } from "../liveEvent.ts";
import type { Subscription } from "../ports.ts";
import type { Cursor, RegionPosition } from "../position.ts";
import { followRegion } from "./followRegion.ts";

type Follow = Parameters<typeof followRegion>;

interface Deps extends Omit<Follow[1], "onError"> {
  /** The name of the region in a gap's reason. */
  region: string;
  onError: (what: "followRemoteRegion" | "catchUp", error: unknown) => void;
}

/**
 * Shows the events of another region until the signal aborts. When the connection fails, it
 * reconnects with exponential backoff; the stored events of the meantime are shown afterwards.
 * After `regionUnavailableMs` without a connection it reports a gap, and the stream's position
 * advances without this region.
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
  /** Starts the timer of `regionUnavailableMs`. Returns a function that stops it. */
  const startUnavailableTimer = (): (() => void) => {
    const stopping = new AbortController();
    wait(regionUnavailableMs, AbortSignal.any([signal, stopping.signal])).then(
      () => {
        if (stopping.signal.aborted || signal.aborted) return;
        position.markUnavailable();
        on.gap(`${region} is unavailable`);
      },
      () => {},
    );
    return () => stopping.abort();
  };
  /** Resolves when the region is connected; `over` resolves when the connection ends. */
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
    let found = startUnavailableTimer();
    while (!signal.aborted) {
      try {
        const { subscription, over } = await follow(from);
        found();
        waitMs = reconnectMsMin;
        current = subscription;
        await over;
        current = undefined;
        await subscription.close();
        found = startUnavailableTimer();
      } catch (error) {
        onError("followRemoteRegion", error);
      }
      from = position.fullCursor();
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
