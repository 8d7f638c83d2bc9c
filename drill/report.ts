import { formatSeconds } from "./checks.ts";
import type { Drill, DrillResult, Form } from "./drill.ts";

/** One drill's end: what it found, or why it could not be run to its end. */
export interface Report extends Partial<DrillResult> {
  readonly drill: string;
  readonly form: Form;
  readonly at: string;
  readonly passed: boolean;
  readonly promise: string;
  readonly tookSeconds: number;
  readonly error?: string;
}

/** What was promised beside what was measured, as text for a terminal. */
export const formatReport = (report: Report, { incident, promise }: Drill): string => {
  const {
    drill,
    form,
    passed,
    checks = [],
    counts,
    timeToDetectMs,
    timeToRecoverMs,
    details = {},
    error,
  } = report;
  const width = Math.max(0, ...checks.map(({ promised }) => promised.length));
  return [
    `${drill} (${form} form)`,
    `  then      ${incident}`,
    `  promised  ${promise}`,
    "",
    ...checks.map(
      (check) =>
        `  ${check.passed ? "held  " : "BROKEN"}  ${check.promised.padEnd(width)}  ${check.measured}`,
    ),
    "",
    ...(counts === undefined
      ? []
      : [
          `  ids: ${counts.accepted} accepted, ${counts.delivered} delivered, ${counts.lost} lost, ${counts.repeated} repeated`,
        ]),
    ...times({ timeToDetectMs, timeToRecoverMs }),
    ...Object.entries(details).map(([name, value]) => `  ${name}: ${value}`),
    ...(error === undefined ? [] : [`  it did not come to its end: ${error}`]),
    `${passed ? "HELD" : "BROKEN"} in ${report.tookSeconds} s`,
  ].join("\n");
};

const times = ({
  timeToDetectMs,
  timeToRecoverMs,
}: Pick<DrillResult, "timeToDetectMs" | "timeToRecoverMs">): string[] => {
  const parts = [
    ...(timeToDetectMs === undefined ? [] : [`time to detect ${formatSeconds(timeToDetectMs)}`]),
    ...(timeToRecoverMs === undefined ? [] : [`time to recover ${formatSeconds(timeToRecoverMs)}`]),
  ];
  return parts.length === 0 ? [] : [`  ${parts.join(", ")}`];
};
