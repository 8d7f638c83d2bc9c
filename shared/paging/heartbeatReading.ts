import { silenceArticle } from "../alarm/alarmText.ts";
import type { Heartbeat } from "./heartbeats.ts";
import { heartbeatKeptMs, silenceLimitMs } from "./limits.ts";
import type { Reading } from "./reading.ts";

interface Silence {
  /** The region whose heartbeats are expected. */
  readonly from: string;
  readonly heartbeats: readonly Heartbeat[];
  /** Whether CloudWatch of that region did not respond in this run. */
  readonly hasFailed: boolean;
  /**
   * Whether the run before this one was recorded: otherwise this watcher was stopped itself, or its
   * table took no writes.
   */
  readonly hasRunBefore: boolean;
  readonly now: number;
}

/**
 * Whether a region is silent. Heartbeats arrive every minute. A region whose CloudWatch fails too
 * needs no second sign. After a pause of this watcher or of its table, the first run does not
 * judge: heartbeats may have arrived without being stored.
 */
export const heartbeatReading = ({
  from,
  heartbeats,
  hasFailed,
  hasRunBefore,
  now,
}: Silence): Reading => {
  const last = heartbeats.find((one) => one.from === from)?.at;
  const reading = { source: "heartbeats", at: now, signals: [] };
  if (last === undefined || now - last > heartbeatKeptMs) return { ...reading, unknown: [from] };
  const silentMs = now - last;
  if (silentMs <= silenceLimitMs(hasFailed)) return reading;
  if (!hasRunBefore) return { ...reading, unknown: [from] };
  const signal = {
    key: from,
    region: from,
    summary: `${from} sends no heartbeats: its watcher, its event bus or the region is down.`,
    severity: hasFailed ? ("critical" as const) : ("error" as const),
    // What customers lose is known from alarms only.
    components: [],
    runbook: silenceArticle,
    reason: `The last heartbeat arrived at ${new Date(last).toISOString()}.`,
    since: last,
  };
  return { ...reading, signals: [signal] };
};
