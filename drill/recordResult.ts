import { readFileSync, writeFileSync } from "node:fs";
import { type DrillResult, drillResults } from "#shared/status/drills/drillResult.ts";
import type { Drill } from "./drill.ts";
import type { Report } from "./report.ts";

const history = new URL("../shared/status/drills/history.json", import.meta.url);

/** The result of a drill for the status page; `undefined` if the drill was aborted. */
export const resultOf = (report: Report, { incident }: Pick<Drill, "incident">) => {
  const { counts, timeToRecoverMs } = report;
  if (counts === undefined) return undefined;
  const { accepted, delivered, lost } = counts;
  const result: DrillResult = {
    date: report.at.slice(0, 10),
    drill: report.drill,
    failure: incident,
    place: "one machine",
    passed: report.passed,
    ...(timeToRecoverMs !== undefined && {
      recoveredSeconds: Math.round(timeToRecoverMs / 100) / 10,
    }),
    accepted,
    delivered,
    lost,
  };
  return result;
};

/** Adds the result of a drill to the history that the status page shows. */
export const recordResult = (report: Report, drill: Drill): void => {
  const result = resultOf(report, drill);
  if (result === undefined) return;
  const results = drillResults.parse(JSON.parse(readFileSync(history, "utf8")));
  writeFileSync(history, `${JSON.stringify([...results, result], null, 2)}\n`);
};
