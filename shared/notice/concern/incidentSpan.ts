import { dayMs } from "../../platform/durations.ts";
import type { Incident } from "../../status/incident.ts";
import { concernDaysMax, incidentLeadMs } from "../limits.ts";
import type { TimeSpan } from "./concern.ts";

/**
 * The time span in which an incident may have touched events: from `incidentLeadMs` before its
 * start until its end, or until now. Of a longer one, the last `concernDaysMax` days.
 */
export const incidentSpan = (
  { startedAt, resolvedAt }: Pick<Incident, "startedAt" | "resolvedAt">,
  now: number,
): TimeSpan => {
  const to = Math.max(resolvedAt ?? now, startedAt + 1);
  return { from: Math.max(0, startedAt - incidentLeadMs, to - concernDaysMax * dayMs), to };
};
