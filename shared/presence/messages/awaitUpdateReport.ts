import { updateReportPollMs, updateReportPollsMax, updateReportWaitMs } from "../limits.ts";
import type { Session, Sessions } from "../session.ts";
import type { PresenceEvent } from "../sessionUpdate.ts";

interface Deps {
  readonly sessions: Pick<Sessions, "find">;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly now: () => number;
}

/**
 * Waits for a moment if a device disconnects while it downloads an image. A device that has
 * verified its image may restart within milliseconds, and its report comes by another queue: the
 * events of the report are published before `offline`, as Particle's cloud does. Returns whether it
 * has waited: the session is another one then.
 */
export const awaitUpdateReport = async (
  session: Session | undefined,
  events: readonly PresenceEvent[],
  { sessions, wait, now }: Deps,
): Promise<boolean> => {
  const isFresh = events.some(
    ({ eventType, timestamp }) =>
      eventType === "disconnected" && now() < timestamp + updateReportWaitMs,
  );
  if (!isFresh || session?.update?.stage !== "started") return false;
  for (let polls = 0; polls < updateReportPollsMax; polls += 1) {
    await wait(updateReportPollMs);
    const { update } = (await sessions.find(session.device)) ?? {};
    if (update?.stage !== "started") break;
  }
  return true;
};
