import { hearAgainMsMax, hearAgainMsMin, regionAwayMs } from "../limits.ts";
import type { Watch } from "../liveEvent.ts";
import type { Subscription } from "../ports.ts";
import type { Cursor, Part } from "../position.ts";
import { followRegion } from "./followRegion.ts";

type Follow = Parameters<typeof followRegion>;

interface Deps extends Omit<Follow[1], "onError"> {
  /** How a gap names it. */
  region: string;
  onError: (what: "hear" | "look", error: unknown) => void;
}

/**
 * Shows the events of another region for as long as its stream lasts. One that is not heard is tried again, less and
 * less often; what was missed meanwhile is shown when it is back, as far as it was kept. After `regionAwayMs`
 * the stream says that there is a gap, and its place moves on.
 */
export const hearElsewhere = (
  { watch, after, place }: { watch: Watch; after?: Cursor | undefined; place: Part },
  deps: Deps,
  on: Omit<Follow[2], "end">,
): Subscription => {
  const { region, wait, signal, onError } = deps;
  let heard: Subscription | undefined;
  /** Calls what this answers when the region is heard. */
  const miss = (): (() => void) => {
    const found = new AbortController();
    wait(regionAwayMs, AbortSignal.any([signal, found.signal])).then(
      () => {
        if (found.signal.aborted || signal.aborted) return;
        place.away();
        on.gap(`${region} is not heard`);
      },
      () => {},
    );
    return () => found.abort();
  };
  /** Resolves when it is heard; `over` does when it is not any more. */
  const follow = async (from: Cursor | undefined) => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const followed = await followRegion({ watch, after: from, place }, deps, {
      ...on,
      gap: (why) => on.gap(`${region}: ${why}`),
      end(error) {
        if (error) onError("hear", error);
        end();
      },
    });
    signal.addEventListener("abort", () => end(), { once: true });
    if (signal.aborted) end();
    return { followed, over };
  };
  const run = async (): Promise<void> => {
    let from = after;
    let waitMs = hearAgainMsMin;
    let found = miss();
    while (!signal.aborted) {
      try {
        const { followed, over } = await follow(from);
        found();
        waitMs = hearAgainMsMin;
        heard = followed;
        await over;
        heard = undefined;
        await followed.close();
        found = miss();
      } catch (error) {
        onError("hear", error);
      }
      from = place.cursor();
      await wait(waitMs, signal);
      waitMs = Math.min(2 * waitMs, hearAgainMsMax);
    }
  };
  run().catch((error: unknown) => {
    if (!signal.aborted) onError("hear", error);
  });
  return {
    ask: () => heard?.ask(),
    close: async () => heard?.close(),
  };
};
