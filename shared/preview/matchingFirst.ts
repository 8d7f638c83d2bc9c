import type { DeviceEvent } from "../event/deviceEvent.ts";
import type { Integration } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";

/**
 * Events in their order, those before that an integration matches, or would if it were not disabled; and how many it
 * matches.
 */
export const matchingFirst = (
  integration: Integration,
  events: readonly DeviceEvent[],
): { events: DeviceEvent[]; matchCount: number } => {
  const enabled = [{ ...integration, disabled: false }];
  const matches = new Set(events.filter((event) => matching(enabled, event).length > 0));
  const others = events.filter((event) => !matches.has(event));
  return { events: [...matches, ...others], matchCount: matches.size };
};
