import type { Drill, Form, Found } from "./drill.ts";
import { seconds } from "./found.ts";

/** One drill's end: what it found, or why it could not be run to its end. */
export interface Report extends Partial<Found> {
  readonly drill: string;
  readonly form: Form;
  readonly at: string;
  readonly held: boolean;
  readonly promise: string;
  readonly tookSeconds: number;
  readonly error?: string;
}

/** What was promised beside what was measured, as text for a terminal. */
export const written = (report: Report, { happened, promise }: Drill): string => {
  const { drill, form, held, checks = [], ids, detectMs, recoverMs, facts = {}, error } = report;
  const width = Math.max(0, ...checks.map(({ promised }) => promised.length));
  return [
    `${drill} (${form} form)`,
    `  then      ${happened}`,
    `  promised  ${promise}`,
    "",
    ...checks.map(
      (check) =>
        `  ${check.held ? "held  " : "BROKEN"}  ${check.promised.padEnd(width)}  ${check.measured}`,
    ),
    "",
    ...(ids === undefined
      ? []
      : [
          `  ids: ${ids.accepted} accepted, ${ids.delivered} delivered, ${ids.lost} lost, ${ids.repeated} repeated`,
        ]),
    ...times({ detectMs, recoverMs }),
    ...Object.entries(facts).map(([name, value]) => `  ${name}: ${value}`),
    ...(error === undefined ? [] : [`  it did not come to its end: ${error}`]),
    `${held ? "HELD" : "BROKEN"} in ${report.tookSeconds} s`,
  ].join("\n");
};

const times = ({ detectMs, recoverMs }: Pick<Found, "detectMs" | "recoverMs">): string[] => {
  const parts = [
    ...(detectMs === undefined ? [] : [`time to detect ${seconds(detectMs)}`]),
    ...(recoverMs === undefined ? [] : [`time to recover ${seconds(recoverMs)}`]),
  ];
  return parts.length === 0 ? [] : [`  ${parts.join(", ")}`];
};
