import type { Form } from "./checks.ts";
import { formatSeconds } from "./checks.ts";
import type { Drill, DrillResult } from "./drill.ts";

/** Report of a drill: its result, or the error that aborted it. */
export interface Report extends Partial<DrillResult> {
  readonly drill: string;
  readonly form: Form;
  readonly at: string;
  readonly passed: boolean;
  readonly promise: string;
  readonly tookSeconds: number;
  readonly error?: string;
}

/** Formats the promises and measurements as text for a terminal. */
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
    `  incident  ${incident}`,
    `  promise   ${promise}`,
    "",
    ...checks.map(
      (check) =>
        `  ${check.passed ? "passed" : "FAILED"}  ${check.promised.padEnd(width)}  ${check.measured}`,
    ),
    "",
    ...(counts === undefined
      ? []
      : [
          `  events: ${counts.accepted} accepted, ${counts.delivered} delivered, ${counts.lost} lost, ${counts.repeated} repeated`,
        ]),
    ...times({ timeToDetectMs, timeToRecoverMs }),
    ...Object.entries(details).map(([name, value]) => `  ${name}: ${value}`),
    ...(error === undefined ? [] : [`  aborted: ${error}`]),
    `${passed ? "PASSED" : "FAILED"} in ${report.tookSeconds} s`,
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
