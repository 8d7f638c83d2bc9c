import type { IncidentBody } from "../../api/replies.ts";

/** The text of a status or an impact: `in progress`. */
export const words = (name: string): string => name.replaceAll("_", " ");

/** Whether an incident or a maintenance has ended. */
export const isOver = ({ status }: Pick<IncidentBody, "status">): boolean =>
  status === "resolved" || status === "postmortem" || status === "completed";

/** The longest texts of the API. */
export const nameCharsMax = 200;
export const bodyCharsMax = 5_000;

/** The impacts that a person can set. */
export const impactOptions = [
  ["none", "none"],
  ["minor", "minor"],
  ["major", "major"],
  ["critical", "critical"],
] as const;
