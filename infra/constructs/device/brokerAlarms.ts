import { Duration } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { alarmMinutes } from "../../sizes.ts";
import type { Pages } from "../pages.ts";

/**
 * Alarms on the broker of a region: it throttles clients, or messages match no rule or cannot be
 * parsed.
 */
export class BrokerAlarms extends Construct {
  constructor(scope: Construct, id: string, { pages }: { pages: Pages }) {
    super(scope, id);
    // Basic ingest: the rule is part of the topic. The error action of a rule does not run.
    pages.when(this, "RuleNotFound", {
      metric: brokerMetric("RuleNotFound"),
      sentence: "Devices publish to a rule that does not exist: their messages are lost.",
      severity: "critical",
      components: ["events"],
      runbook: "a-rule-does-not-exist",
      threshold: 1,
    });
    pages.when(this, "ParseError", {
      metric: brokerMetric("ParseError"),
      sentence: "A rule cannot parse messages of devices: the messages are lost.",
      severity: "error",
      components: ["events"],
      runbook: "a-rule-cannot-parse-messages",
      threshold: 1,
    });
    // After an outage the whole fleet reconnects, and IoT Core delays it for some minutes. At the
    // end few devices are rejected, because their delays have grown: the threshold is one a second.
    pages.when(this, "ConnectThrottle", {
      metric: brokerMetric("Connect.Throttle"),
      sentence: "IoT Core has rejected connections of devices for 20 minutes.",
      severity: "error",
      components: ["connectivity"],
      runbook: "connections-are-throttled",
      threshold: alarmMinutes * 60,
      periods: 5,
      datapoints: 4,
    });
    pages.when(this, "PublishThrottle", {
      metric: brokerMetric("PublishIn.Throttle"),
      sentence: "IoT Core throttles messages of devices.",
      severity: "error",
      components: ["events"],
      runbook: "messages-of-devices-are-throttled",
      threshold: 1,
      periods: 3,
      datapoints: 2,
    });
  }
}

/**
 * The sum of a metric of IoT Core over all its dimensions: the protocol or the name of the rule. An
 * alarm on a misspelled dimension would never fire.
 * https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html
 */
const brokerMetric = (metric: string): MathExpression =>
  new MathExpression({
    expression: `SELECT SUM("${metric}") FROM "AWS/IoT"`,
    period: Duration.minutes(alarmMinutes),
    label: metric,
  });
