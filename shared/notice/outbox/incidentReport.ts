import { componentNames } from "../../alarm/component.ts";
import type { Incident } from "../../status/incident.ts";
import { type ConcernBody, concernLines } from "../concern/concernBody.ts";

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** The report after an incident for the contacts of a product: a Markdown document. */
export const reportMarkdown = (incident: Incident, concern: ConcernBody): string => {
  const { name, startedAt, detectedAt, resolvedAt, affected, updates, postmortem } = incident;
  return [
    `# ${name}`,
    "",
    `- Started: ${isoTime(startedAt)}`,
    ...(detectedAt === undefined ? [] : [`- Detected: ${isoTime(detectedAt)}`]),
    ...(resolvedAt === undefined ? [] : [`- Resolved: ${isoTime(resolvedAt)}`]),
    `- Components: ${affected.map(({ component, region }) => `${componentNames[component]} (${region})`).join(", ")}`,
    "",
    "## Your deliveries and devices",
    "",
    concern.concerned
      ? "This incident concerned your product."
      : "This incident did not concern your product: every delivery was made at once.",
    "",
    ...concernLines(concern),
    "",
    "## Updates",
    "",
    ...updates.map(
      ({ at, body }) => `- ${isoTime(at)}: ${body.replaceAll(/\s+/g, " ").slice(0, 300)}`,
    ),
    ...(postmortem === undefined ? [] : ["", "A postmortem is published on the status page."]),
  ].join("\n");
};
