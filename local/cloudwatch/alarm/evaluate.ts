/** The state of an alarm. */
export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** How an alarm treats missing data points. */
export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

/** A value of the watched metric in one period; `undefined` when it is missing. */
export type Datapoint = number | undefined;

export interface Evaluation {
  /** The data points of the evaluation range, oldest first. */
  readonly datapoints: readonly Datapoint[];
  /** N: the number of data points that decide. */
  readonly evaluationPeriods: number;
  /** M: the number of them that have to breach. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingData;
  readonly isBreaching: (value: number) => boolean;
}

/** The result of an evaluation. */
export interface Verdict {
  /** The new state; `undefined` when the alarm keeps its state. */
  readonly state: AlarmState | undefined;
  /** The indexes of the data points that were evaluated, oldest first. */
  readonly evaluated: readonly number[];
  /** How many missing data points were filled in. */
  readonly filled: number;
}

/**
 * The number of data points that CloudWatch reads: more than N, in case some are missing. AWS
 * documents 5 for N = 3 and a period of 5 minutes, and that the number depends on the period and on
 * the resolution of the metric. Here it is N + 2 for every period.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export const evaluationRange = (evaluationPeriods: number): number => evaluationPeriods + 2;

/**
 * Decides the state of a metric alarm, as AWS documents it in "How alarm state is evaluated when
 * data is missing". A pure function.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export const evaluate = (given: Evaluation): Verdict => {
  const { datapoints, evaluationPeriods, datapointsToAlarm, isBreaching } = given;
  const present = [...datapoints.keys()].filter((at) => datapoints[at] !== undefined);
  // "CloudWatch evaluates the alarm state based on the most recent real data points". If there are
  // at least N, the treatment of missing data is ignored.
  const evaluated = present.slice(-evaluationPeriods);
  const filled = evaluationPeriods - evaluated.length;
  const breaching = evaluated.filter((at) => isBreaching(datapoints[at] ?? Number.NaN));
  if (breaching.length >= datapointsToAlarm) return { state: "ALARM", evaluated, filled };
  if (filled === 0) return { state: "OK", evaluated, filled };
  // "CloudWatch fills in the missing data points with the result you specified", but "all real data
  // points in the evaluation range are included".
  return { state: fill(given, { evaluated, breaching, filled }), evaluated, filled };
};

const fill = (
  { datapoints, datapointsToAlarm, treatMissingData }: Evaluation,
  {
    evaluated,
    breaching,
    filled,
  }: { evaluated: readonly number[]; breaching: readonly number[]; filled: number },
): AlarmState | undefined => {
  switch (treatMissingData) {
    case "breaching":
      return breaching.length + filled >= datapointsToAlarm ? "ALARM" : "OK";
    case "notBreaching":
      return "OK";
    case "missing":
    case "ignore": {
      const isIgnored = treatMissingData === "ignore";
      if (evaluated.length === 0) return isIgnored ? undefined : "INSUFFICIENT_DATA";
      // A data point that does not breach is enough for OK.
      if (breaching.length < evaluated.length) return "OK";
      // "Avoiding premature transitions to alarm state": every data point breaches, but there are
      // fewer than M. The next one may not breach, so the alarm waits until the oldest one is M
      // periods old. AWS documents no transition before that, so the alarm keeps its state.
      const age = datapoints.length - (breaching[0] ?? datapoints.length);
      return !isIgnored && age >= datapointsToAlarm ? "ALARM" : undefined;
    }
  }
};

const comparisons = {
  GreaterThanOrEqualToThreshold: {
    is: (value: number, threshold: number) => value >= threshold,
    text: "greater than or equal to",
  },
  GreaterThanThreshold: {
    is: (value: number, threshold: number) => value > threshold,
    text: "greater than",
  },
  LessThanThreshold: {
    is: (value: number, threshold: number) => value < threshold,
    text: "less than",
  },
  LessThanOrEqualToThreshold: {
    is: (value: number, threshold: number) => value <= threshold,
    text: "less than or equal to",
  },
} as const;

/** The comparison of a value with the threshold. */
export type Comparison = keyof typeof comparisons;

export const comparisonNames = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const satisfies readonly Comparison[];

/** Whether a value breaches the threshold, for a comparison. */
export const breaches =
  (comparison: Comparison, threshold: number) =>
  (value: number): boolean =>
    comparisons[comparison].is(value, threshold);

/** A comparison as in the reason of a state: `greater than or equal to`. */
export const comparisonText = (comparison: Comparison): string => comparisons[comparison].text;
