/**
 * Number of metrics. A query of CloudWatch reads at most 10,000 metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
 */
export const metricsMax = 10_000;
/** Number of stored minutes of all metrics. A minute needs 40 bytes. */
export const minutesMax = 1_000_000;
/** Distinct values of a metric in a minute that are stored exactly for percentiles. */
export const distinctValuesMax = 1_000;
/** How long the minutes of a metric are stored when no alarm looks back further, in ms. */
export const retentionMs = 3 * 3_600_000;
/** Dimensions of a metric, and characters of their names and values, as in `PutMetricData`. */
export const dimensionsMax = 30;
/**
 * Metrics of an alarm on a math expression.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
export const alarmMetricsMax = 10;
/** Time series that a metric query returns. */
export const querySeriesMax = 500;
/** Contributors of an alarm that can be in ALARM. */
export const contributorsMax = 100;
/** How far a metric query can look back, in seconds. */
export const querySecondsMax = 3 * 3_600;
/**
 * Alarms that a composite alarm refers to, and elements of its rule.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export const childrenMax = 100;
export const ruleElementsMax = 500;
/** Nested parentheses of a composite alarm's rule or of a math expression. */
export const nestingMax = 50;
/** Alarms of a mute rule. */
export const muteTargetsMax = 100;
/** Alarms and mute rules of a region. */
export const alarmsMax = 5_000;
export const muteRulesMax = 1_000;
/** How long an action is repeated while SNS does not answer, in ms. */
export const actionRetryMs = 3_600_000;
/** Actions that wait for SNS. */
export const waitingMessagesMax = 1_000;
/** Entries of the history of all alarms. */
export const historyMax = 2_000;
/** Length of a request's body in bytes, as in `PutMetricData`. */
export const bodyBytesMax = 1_048_576;
/** Values of one request of `PutMetricData`, and metrics of one request. */
export const valuesMax = 150;
export const dataMax = 1_000;
