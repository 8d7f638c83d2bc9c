import { type DrillResult, drillResults } from "./drillResult.ts";
import history from "./history.json" with { type: "json" };

/** The recorded drills, oldest first: `npm run drill -- … --record` adds to them. */
export const drillHistory = (): readonly DrillResult[] => drillResults.parse(history);
