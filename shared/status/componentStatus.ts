import * as z from "zod/mini";

/**
 * The status of a component, with the names of Statuspage.
 * https://support.atlassian.com/statuspage/docs/show-service-status-with-components/
 */
export const componentStatus = z.enum([
  "operational",
  "under_maintenance",
  "degraded_performance",
  "partial_outage",
  "major_outage",
]);

export type ComponentStatus = z.output<typeof componentStatus>;

const order = componentStatus.options;

/** The worst of several statuses; `operational` for none. A fault is worse than maintenance. */
export const worstStatus = (statuses: Iterable<ComponentStatus>): ComponentStatus => {
  let worst = 0;
  for (const status of statuses) worst = Math.max(worst, order.indexOf(status));
  return order[worst] ?? "operational";
};
