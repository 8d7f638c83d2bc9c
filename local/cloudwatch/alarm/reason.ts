import {
  type AlarmState,
  breaches,
  type Comparison,
  comparisonText,
  type Datapoint,
  type MissingData,
  type Verdict,
} from "./evaluate.ts";

/** Why an alarm is in its state: `StateReason` and `StateReasonData`. */
export interface Reason {
  readonly text: string;
  /** JSON; absent before the first evaluation. */
  readonly data?: string;
}

/** An evaluation whose result is described. */
export interface Described {
  readonly verdict: Verdict;
  readonly state: AlarmState;
  readonly datapoints: readonly Datapoint[];
  /** The starts of their periods, in ms since 1970. */
  readonly starts: readonly number[];
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly treatMissingData: MissingData;
}

/** The reason of an alarm that has never been evaluated. */
export const initialReason: Reason = { text: "Unchecked: Initial alarm creation" };

/**
 * The reason of a state in CloudWatch's words, with the newest data point first.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export const reasonText = (given: Described): string => {
  const { verdict, state, treatMissingData } = given;
  const { evaluated, filled } = verdict;
  if (state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${filled} ${plural(filled, "datapoint was", "datapoints were")} unknown.`;
  }
  const isFilled =
    filled > 0 && (treatMissingData === "breaching" || treatMissingData === "notBreaching");
  const treated = treatMissingData === "breaching" ? "Breaching" : "NonBreaching";
  const missing = `${filled} missing ${plural(filled, "datapoint was", "datapoints were")} treated as [${treated}]`;
  if (evaluated.length === 0) {
    const periods = `${filled} ${plural(filled, "period", "periods")}`;
    const none = `Threshold Crossed: no datapoints were received for ${periods}`;
    return isFilled ? `${none} and ${missing}.` : `${none}.`;
  }
  return `Threshold Crossed: ${comparedText(given)}${isFilled ? ` and ${missing}` : ""}${minimumText(given)}.`;
};

const plural = (count: number, one: string, several: string): string =>
  count === 1 ? one : several;

/** The data points that were decisive: those that breach for ALARM, and the others for OK. */
const comparedText = (given: Described): string => {
  const { verdict, state, datapoints, starts, comparison, threshold } = given;
  const isBreaching = state === "ALARM";
  const shown = verdict.evaluated.filter(
    (at) => breachesHere(given, datapoints[at]) === isBreaching,
  );
  // A missing data point can decide alone: then the others are shown.
  const used = shown.length > 0 ? shown : verdict.evaluated;
  const values = used
    .toReversed()
    .map((at) => `${decimal(datapoints[at] ?? 0)} (${shortTime(starts[at] ?? 0)})`);
  const were = plural(used.length, "was", "were");
  const not = breachesHere(given, datapoints[used[0] ?? 0]) ? "" : " not";
  return `${used.length} out of the last ${verdict.evaluated.length} datapoints [${values.join(", ")}] ${were}${not} ${comparisonText(comparison)} the threshold (${decimal(threshold)})`;
};

const breachesHere = ({ comparison, threshold }: Described, value: Datapoint): boolean =>
  value !== undefined && breaches(comparison, threshold)(value);

const minimumText = ({ state, evaluationPeriods, datapointsToAlarm }: Described): string => {
  const isAlarm = state === "ALARM";
  const minimum = isAlarm ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const direction = isAlarm ? "OK -> ALARM" : "ALARM -> OK";
  return ` (minimum ${minimum} ${plural(minimum, "datapoint", "datapoints")} for ${direction} transition)`;
};

/** A number as Java writes it: `5.0`. */
export const decimal = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e7 ? `${value}.0` : String(value);

/** `02/10/19 16:59:00`: day, month and year in UTC. */
export const shortTime = (ms: number): string => {
  const [, year = "", month = "", day = "", time = ""] =
    /^\d\d(\d\d)-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)/.exec(new Date(ms).toISOString()) ?? [];
  return `${day}/${month}/${year} ${time}`;
};

/** A time as CloudWatch writes it into JSON: `2019-10-02T17:04:40.985+0000`. */
export const longTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "+0000");

/** `StateReasonData` of a metric alarm. */
export const reasonData = (
  given: Pick<Described, "datapoints" | "starts" | "verdict" | "threshold">,
  { now, period, statistic }: { now: number; period: number; statistic?: string | undefined },
): string => {
  const { datapoints, starts, verdict, threshold } = given;
  const { evaluated } = verdict;
  const [first] = evaluated;
  return JSON.stringify({
    version: "1.0",
    queryDate: longTime(now),
    ...(first !== undefined && { startDate: longTime(starts[first] ?? 0) }),
    ...(statistic !== undefined && { statistic }),
    period,
    recentDatapoints: evaluated.map((at) => datapoints[at]),
    threshold,
    evaluatedDatapoints: evaluated.toReversed().map((at) => ({
      timestamp: longTime(starts[at] ?? 0),
      value: datapoints[at],
    })),
  });
};
