import { readFileSync } from "node:fs";
import { Stack } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { checks } from "#shared/objective/check.ts";
import { Pages } from "../../infra/constructs/pages.ts";
import { type AlarmText, parseAlarmText } from "../../shared/alarm/alarmText.ts";
import { component } from "../../shared/alarm/component.ts";
import {
  app,
  ofType,
  only,
  regionOf,
  type Template,
  templateOf,
  templatesOf,
} from "./synthesized.ts";

const made = app();
const region = regionOf(made);
/** The properties of an alarm. If it is on a metric that is 0 without data, also the metric. */
// biome-ignore lint/suspicious/noExplicitAny: properties of a template
const withMetric = (properties: any): any => {
  const [first, second] = properties.Metrics ?? [];
  if (first?.Expression !== "FILL(count, 0)") return properties;
  const { Metric, Stat, Period } = second.MetricStat;
  return { ...properties, ...Metric, Period, Statistic: Stat };
};

/** The metric alarms and the composite alarms of a template. */
const alarmsOf = (template: Template) =>
  ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"]
    .flatMap((type) => ofType(template, type))
    .map(([, { Properties }]) => withMetric(Properties));
const alarms = ofType(region, "AWS::CloudWatch::Alarm").map(([, { Properties }]) =>
  withMetric(Properties),
);
// Two stacks can have the same group.
const compositeRules = templatesOf(made)
  .flatMap(([, template]) => ofType(template, "AWS::CloudWatch::CompositeAlarm"))
  .map(([, { Properties }]) => JSON.stringify(Properties.AlarmRule));

/** Alarms of a group do not page by themselves. */
const isGrouped = ({ AlarmActions }: { AlarmActions?: unknown }) => AlarmActions === undefined;

/** The alarms of a metric of a resource. */
const watching = (metric: string, logicalId: string) =>
  alarms.filter(
    ({ MetricName, Dimensions }) =>
      MetricName === metric && JSON.stringify(Dimensions).includes(`"${logicalId}"`),
  );

/** The second of two regions. */
const second = regionOf(app({ regions: "us-east-1,eu-west-1" }), "eu-west-1");
const edge = app({ domain: "api.example.com", hostedZoneId: "Z0123456789ABC" });
const templatesWithTopics = templatesOf(edge).filter(
  ([, template]) => ofType(template, "AWS::SNS::Topic").length > 0,
);
const globalTables = ofType(templateOf(made, "Godwit-State"), "AWS::DynamoDB::GlobalTable");

interface MetricStat {
  readonly Metric: {
    readonly MetricName: string;
    readonly Dimensions: readonly {
      readonly Name: string;
      readonly Value: string | { readonly Ref: string };
    }[];
  };
  readonly Stat: string;
}

/** The metrics of DynamoDB with this name that alarms combine. */
const tableMetrics = (template: Template, name: string) =>
  ofType(template, "AWS::CloudWatch::Alarm")
    .flatMap(([, { Properties }]): { MetricStat?: MetricStat }[] => Properties.Metrics ?? [])
    .flatMap(({ MetricStat }) => (MetricStat?.Metric.MetricName === name ? [MetricStat] : []))
    .map(({ Metric, Stat }) => ({
      stat: Stat,
      dimensions: Object.fromEntries(
        Metric.Dimensions.map(({ Name, Value }) => [
          Name,
          typeof Value === "string" ? Value : Value.Ref,
        ]),
      ),
    }));

/** The anchor that GitHub generates for a heading. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

const anchors = readFileSync("docs/runbook.md", "utf8")
  .split("\n")
  .flatMap((line) => /^## (.+)$/.exec(line)?.[1] ?? [])
  .map(anchor);

describe("every alarm", () => {
  it.each(ofType(region, "AWS::CloudWatch::Alarm"))(
    "pages on ALARM, or the composite alarm of its group does: %s",
    (id, { Properties: { AlarmActions } }) => {
      const [topic] = only(region, "AWS::SNS::Topic");
      // An alarm of another stack imports the topic.
      const pages = JSON.stringify(AlarmActions ?? "").includes(topic);
      const groups = compositeRules.filter((rule) => rule.includes(`"${id}"`));
      expect([pages, groups.length]).toEqual(pages ? [true, 0] : [false, 1]);
    },
  );

  it.each(alarmsOf(region))(
    "sends nothing when it is OK for the first time: $AlarmDescription",
    (alarm) => {
      expect(alarm).not.toHaveProperty("OKActions");
      expect(alarm).not.toHaveProperty("InsufficientDataActions");
    },
  );

  it.each(alarms)("does not miss a problem for one late data point: $AlarmDescription", (alarm) => {
    const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = alarm;
    if (EvaluationPeriods > 1) expect(DatapointsToAlarm).toBeLessThan(EvaluationPeriods);
  });

  it.each(alarms)("has at most ten metrics, as CloudWatch requires: $AlarmDescription", (alarm) => {
    const metrics: { MetricStat?: unknown }[] = alarm.Metrics ?? [];
    expect(metrics.filter(({ MetricStat }) => MetricStat !== undefined).length).toBeLessThan(11);
  });

  it.each(alarmsOf(region))("links to an entry of the runbook: $AlarmDescription", (alarm) => {
    expect(anchors).toContain(parseAlarmText(alarm.AlarmDescription)?.runbook);
  });

  it.each(alarmsOf(region))(
    "names its severity and the affected components: $AlarmDescription",
    (alarm) => {
      expect(parseAlarmText(alarm.AlarmDescription)).toBeDefined();
    },
  );

  it.each(alarms)("defines the meaning of missing data: $AlarmDescription", (alarm) => {
    expect(["notBreaching", "breaching", "ignore"]).toContain(alarm.TreatMissingData);
  });

  it("has a unique description", () => {
    const descriptions = alarmsOf(region).map(({ AlarmDescription }) => AlarmDescription);
    expect(new Set(descriptions).size).toBe(descriptions.length);
  });
});

it("every entry of the runbook has an alarm, and every alarm has an entry", () => {
  const others = templatesOf(edge).flatMap(([, template]) => alarmsOf(template));
  const linked = [...alarmsOf(region), ...alarmsOf(second), ...others].map(
    ({ AlarmDescription }) => parseAlarmText(AlarmDescription)?.runbook,
  );
  // The watcher itself pages with these.
  const ofWatcher = ["the-alarms-differ-from-the-template", "the-watcher-cannot-read-alarms"];
  expect([...new Set([...linked, ...ofWatcher])].sort()).toEqual(anchors.toSorted());
});

/** The labels of an article, in their order. An on-call engineer needs no other article. */
const labels = [
  "What customers lose.",
  "How to see it.",
  "What to do.",
  "How to know that it is over.",
];

const articles = readFileSync("docs/runbook.md", "utf8")
  .split(/^## /m)
  .slice(1)
  .map((article): [string, string] => [article.split("\n", 1)[0] ?? "", article]);

it.each(articles)("the article has the form of the runbook: %s", (_, article) => {
  const found = [...article.matchAll(/^\*\*([^*]+)\*\*/gm)].map(([, label]) => label);
  expect(found).toEqual(labels);
  const parts = article.split(/^\*\*[^*]+\*\*/m).slice(1);
  for (const part of parts) expect(part.trim().length).toBeGreaterThan(20);
});

describe("an alarm monitors", () => {
  const queues = ofType(region, "AWS::SQS::Queue");
  const work = queues.filter(([, { Properties }]) => Properties.RedrivePolicy);
  const deadLetters = queues.filter(([, { Properties }]) => !Properties.RedrivePolicy);

  it("every dead-letter queue, from the first message", () => {
    expect(deadLetters).toHaveLength(8);
    for (const [id] of deadLetters) {
      expect(watching("ApproximateNumberOfMessagesVisible", id)).toMatchObject([{ Threshold: 1 }]);
    }
  });

  it("every work queue, by its oldest message, and by its backlog if messages can have a delay", () => {
    expect(work).toHaveLength(8);
    const delayed = work.filter(([id]) => /Deliveries|SlowLane/.test(id));
    expect(delayed).toHaveLength(2);
    for (const [id] of work) {
      expect(watching("ApproximateAgeOfOldestMessage", id)).toHaveLength(1);
      const backlog = watching("ApproximateNumberOfMessagesVisible", id);
      expect(backlog).toHaveLength(delayed.some(([other]) => other === id) ? 1 : 0);
    }
  });

  it("every work queue whose messages wait while none is processed, each minute", () => {
    for (const [id] of work) {
      const found = alarms.filter(
        ({ Metrics }) =>
          Metrics?.[0].Expression?.includes("FILL(deleted, 0) == 0") &&
          JSON.stringify(Metrics).includes(`"${id}"`),
      );
      expect(found).toHaveLength(1);
      const metrics: { MetricStat?: { Metric: { MetricName: string }; Period: number } }[] =
        found[0]?.Metrics ?? [];
      const [waits, deleted] = metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
      expect([waits?.Period, deleted?.Period]).toEqual([60, 60]);
      expect(deleted?.Metric.MetricName).toBe("NumberOfMessagesDeleted");
      const isDelayed = /Deliveries|SlowLane/.test(id);
      expect(waits?.Metric.MetricName).toBe(
        isDelayed ? "ApproximateNumberOfMessagesVisible" : "ApproximateAgeOfOldestMessage",
      );
    }
  });

  it("the age of deliveries above the longest intended delay", () => {
    const [id] = work.find(([name]) => name.includes("Deliveries")) ?? [];
    const [age] = watching("ApproximateAgeOfOldestMessage", id ?? "");
    expect(age?.Threshold).toBeGreaterThan(900);
  });

  it("every function, by its errors and throttles, unless missing runs page", () => {
    const functions = ofType(region, "AWS::Lambda::Function");
    const named = new Map<string, string>(
      functions.map(([id, { Properties }]) => [
        Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME,
        id,
      ]),
    );
    expect(named.size).toBe(40);
    for (const name of ["admin", "canary"]) {
      expect(watching("Errors", named.get(name) ?? "")).toHaveLength(0);
      named.delete(name);
    }
    for (const id of named.values()) {
      expect(watching("Errors", id)).toHaveLength(1);
    }
  });

  it.each(["Failure", "ErrorActionFailure", "RuleMessageThrottled"])(
    "the metric %s of every rule, for all its actions",
    (metric) => {
      for (const [, rule] of ofType(region, "AWS::IoT::TopicRule")) {
        const query = `SELECT SUM(${metric}) FROM "AWS/IoT" WHERE RuleName = '${rule.Properties.RuleName}'`;
        const found = alarms.filter(({ Metrics }) => Metrics?.[0].Expression === query);
        expect(found).toHaveLength(1);
      }
    },
  );

  it("a schedule that stops", () => {
    const silent = alarms.filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    for (const { ComparisonOperator } of silent)
      expect(ComparisonOperator).toBe("LessThanThreshold");
    const metrics = silent.map(({ MetricName }) => MetricName);
    // Heartbeats of another region invoke the watcher too.
    expect(metrics.sort()).toEqual([...Array(9).fill("Invocations"), "ScheduledRuns"]);
  });

  it("each objective, by both windows of each burn rate and by checks in a row", () => {
    const named = new Map(ofType(region, "AWS::CloudWatch::Alarm"));
    const ofCheck = (check: string) =>
      [...named].filter(([, { Properties }]) =>
        Properties.Dimensions?.some(
          (one: { Name: string; Value: string }) => one.Name === "check" && one.Value === check,
        ),
      );
    for (const check of checks) {
      const found = ofCheck(check).map(([, { Properties }]) => [
        Properties.Period,
        Properties.Threshold,
        Properties.Statistic,
      ]);
      // The update is checked each ten minutes.
      const [every, shortest, fast, slow] =
        check === "update" ? [600, 600, 0.72, 0.3] : [60, 300, 0.072, 0.03];
      expect(found).toEqual([
        [every, 1, "Average"],
        [3_600, fast, "Average"],
        [shortest, fast, "Average"],
        [21_600, slow, "Average"],
        [1_800, slow, "Average"],
      ]);
      // Neither window pages by itself.
      const [, long, short] = ofCheck(check).map(([id]) => id);
      const both = `(ALARM(\\"",{"Ref":"${long}"},"\\") AND ALARM(\\"",{"Ref":"${short}"},"\\"))`;
      expect(compositeRules.filter((rule) => rule.includes(both))).toHaveLength(1);
    }
  });

  it("a schedule that stops, but not before its first run", () => {
    const stopped = ofType(region, "AWS::CloudWatch::Alarm").filter(
      ([, { Properties }]) => Properties.TreatMissingData === "breaching",
    );
    for (const [id, { Properties }] of stopped) {
      const [rule = ""] = compositeRules.filter((one) => one.includes(`"${id}"`));
      const [, first] =
        new RegExp(
          `ALARM\\(\\\\"",\\{"Ref":"${id}"\\},"\\\\"\\) AND OK\\(\\\\"",\\{"Ref":"(\\w+)"`,
        ).exec(rule) ?? [];
      const [, firstData] =
        ofType(region, "AWS::CloudWatch::Alarm").find(([other]) => other === first) ?? [];
      // Its condition never holds: it has insufficient data, and then it is OK.
      expect(firstData?.Properties).toMatchObject({
        MetricName: Properties.MetricName,
        Dimensions: Properties.Dimensions,
        TreatMissingData: "ignore",
        Threshold: 0,
        ComparisonOperator: "LessThanThreshold",
      });
    }
  });

  it.each(["FailedEventsFound", "FailedEventsMalformed"])("the metric %s of recover", (metric) => {
    const found = alarms.filter(({ MetricName }) => MetricName === metric);
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: "recover" }] },
    ]);
  });

  it("deliveries that are requeued late", () => {
    const found = alarms.filter(({ MetricName }) => MetricName === "DeliveriesLate");
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: "requeue" }] },
    ]);
  });

  it.each(["route", "deliver"])("unreadable integrations in %s", (service) => {
    const found = alarms.filter(
      ({ MetricName, Dimensions }) =>
        MetricName === "IntegrationsUnreadable" && Dimensions[0].Value === service,
    );
    expect(found).toMatchObject([{ Namespace: "Godwit", Dimensions: [{ Name: "service" }] }]);
  });

  it.each([
    ["RequestsFailed", "route"],
    ["DeliveriesNotAttempted", "worker"],
    ["DeliveriesFailed", "integration"],
    ["DeliveriesOverdue", "integration"],
    ["DevicesSilent", "fleet"],
    ["ReleasesHalted", "release"],
  ])("%s of each %s, which the alarm names", (metric, slice) => {
    const query = new RegExp(
      `^SELECT (SUM|MAX)\\(${metric}\\) FROM SCHEMA\\("Godwit", ${slice}, service\\) GROUP BY ${slice}$`,
    );
    const found = alarms.filter(({ Metrics }) => query.test(Metrics?.[0].Expression));
    expect(found).toHaveLength(1);
    // A query reads the latest three hours, and an account has 200 alarms with queries.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
    const [{ EvaluationPeriods, Metrics } = { EvaluationPeriods: 0, Metrics: [] }] = found;
    expect(EvaluationPeriods * Metrics[0].Period).toBeLessThanOrEqual(10_800);
  });

  it("the throttles of each function of the account", () => {
    const query =
      'SELECT SUM(Throttles) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName';
    expect(alarms.filter(({ Metrics }) => Metrics?.[0].Expression === query)).toHaveLength(1);
  });

  it("a part of the 200 alarms with metric queries that a region can have", () => {
    const queries = alarms.filter(({ Metrics }) => Metrics?.[0].Expression?.startsWith("SELECT"));
    expect(queries.length).toBeLessThan(100);
  });

  it.each([
    ["BrokerUnreachable", "watch"],
    ["SessionsLost", "route"],
  ])("%s of %s", (metric, service) => {
    const found = alarms.filter(({ MetricName }) => MetricName === metric);
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: service }], Threshold: 1 },
    ]);
  });

  it("devices that are not provisioned in this region", () => {
    const found = alarms.filter(({ MetricName }) => MetricName === "DevicesNotProvisioned");
    expect(found).toMatchObject([
      { Namespace: "Godwit", Dimensions: [{ Name: "service", Value: "provision" }] },
    ]);
  });

  it.each([
    ["RuleNotFound", 1],
    ["ParseError", 1],
    // One a second in a period of five minutes.
    ["Connect.Throttle", 300],
    ["PublishIn.Throttle", 1],
  ])("the metric %s of the broker, for all rules and protocols", (metric, threshold) => {
    const query = `SELECT SUM("${metric}") FROM "AWS/IoT"`;
    const found = alarms.filter(({ Metrics }) => Metrics?.[0].Expression === query);
    expect(found).toMatchObject([{ Threshold: threshold }]);
  });

  it("the throttles of every table and of every index", () => {
    const own = ofType(region, "AWS::DynamoDB::GlobalTable").map(([id]) => id);
    const global = globalTables.flatMap(([, { Properties }]): string[] => {
      const { TableName, GlobalSecondaryIndexes: indexes = [] } = Properties;
      return [
        TableName,
        ...indexes.map(({ IndexName }: { IndexName: string }) => `${TableName}/${IndexName}`),
      ];
    });
    const tables = [...own, ...global];
    for (const metric of ["ReadThrottleEvents", "WriteThrottleEvents"]) {
      const watched = tableMetrics(region, metric).map(({ dimensions }) => dimensions);
      const named = watched.map(({ TableName, GlobalSecondaryIndexName: index }) =>
        index === undefined ? TableName : `${TableName}/${index}`,
      );
      expect(named.sort()).toEqual(tables.toSorted());
    }
  });

  it("the replication of every global table to every other region", () => {
    const watched = tableMetrics(second, "ReplicationLatency");
    expect(watched.map(({ dimensions }) => dimensions.TableName).sort()).toEqual(
      globalTables.map(([, { Properties }]) => Properties.TableName).sort(),
    );
    for (const { dimensions, stat } of watched) {
      expect([dimensions.ReceivingRegion, stat]).toEqual(["us-east-1", "Average"]);
    }
    expect(tableMetrics(region, "ReplicationLatency")).toEqual([]);
  });

  it("the account's concurrent executions against its own quota", () => {
    const [found] = alarms.filter(({ Metrics }) =>
      Metrics?.[0].Expression?.includes("SERVICE_QUOTA"),
    );
    expect(found?.Metrics[0].Expression).toBe("100 * claimed / SERVICE_QUOTA(executions)");
    const metrics: { Id: string; MetricStat?: { Metric: object; Stat: string } }[] =
      found?.Metrics ?? [];
    expect(metrics.slice(1)).toMatchObject([
      {
        Id: "claimed",
        MetricStat: {
          Metric: { Namespace: "AWS/Lambda", MetricName: "ClaimedAccountConcurrency" },
          Stat: "Maximum",
        },
      },
      {
        Id: "executions",
        MetricStat: {
          Metric: { Namespace: "AWS/Lambda", MetricName: "ConcurrentExecutions" },
          Stat: "Maximum",
        },
      },
    ]);
    // The metrics of the account have no dimension.
    expect(JSON.stringify(metrics)).not.toContain("Dimensions");
  });

  it("pages that a subscriber did not receive", () => {
    const [topic] = only(region, "AWS::SNS::Topic");
    expect(watching("NumberOfNotificationsFailed", topic)).toMatchObject([
      { Namespace: "AWS/SNS", Dimensions: [{ Name: "TopicName" }], Threshold: 1 },
    ]);
  });

  it("the API's 5xx responses", () => {
    expect(alarms.filter(({ MetricName }) => MetricName === "5XXError")).toHaveLength(1);
  });
});

it("an alarm on the number of something in several minutes starts once: no data is 0", () => {
  const counts = templatesOf(made)
    .flatMap(([, template]) => ofType(template, "AWS::CloudWatch::Alarm"))
    .map(([, { Properties }]) => Properties)
    .filter(({ TreatMissingData }) => TreatMissingData === "notBreaching")
    .filter(({ Statistic, Period }) => Statistic === "Sum" && Period > 60);
  expect(counts.map(({ MetricName }) => MetricName)).toEqual([]);
});

describe("the topic of the pages", () => {
  it("allows alarms of this account to publish and to use its key", () => {
    const alarmsMay = (Action: string | string[]) =>
      expect.objectContaining({
        Effect: "Allow",
        Action,
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Condition: expect.objectContaining({
          StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
        }),
      });
    const [, policy] = only(region, "AWS::SNS::TopicPolicy");
    const [, topic] = only(region, "AWS::SNS::Topic");
    const [keyId] = topic.Properties.KmsMasterKeyId["Fn::GetAtt"];
    const [, key] = ofType(region, "AWS::KMS::Key").find(([id]) => id === keyId) ?? [];
    expect(policy.Properties.PolicyDocument.Statement).toContainEqual(alarmsMay("sns:Publish"));
    expect(key?.Properties.KeyPolicy.Statement).toContainEqual(
      alarmsMay(["kms:Decrypt", "kms:GenerateDataKey"]),
    );
  });

  const ends = ofType(region, "AWS::Events::Rule").filter(
    ([, { Properties }]) => Properties.EventPattern?.detail?.previousState !== undefined,
  );

  it("receives the end of an alarm only if the alarm was active, in the format of an alarm", () => {
    const [topic] = only(region, "AWS::SNS::Topic");
    expect(ends).toHaveLength(2);
    for (const [, { Properties }] of ends) {
      expect(Properties.EventPattern).toMatchObject({
        source: ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        detail: { state: { value: ["OK"] }, previousState: { value: ["ALARM"] } },
      });
      const [target] = Properties.Targets ?? [];
      expect(target.Arn).toEqual({ Ref: topic });
      expect(target.InputTransformer.InputTemplate).toContain('"NewStateValue":<');
    }
  });

  it("receives the ends of exactly the alarms that page", () => {
    const [single, group] = ends.map(([, { Properties }]) => Properties.EventPattern.detail);
    expect(group.configuration).toEqual({ alarmRule: [{ exists: true }] });
    const suffixes: string[] = single.configuration.description[0]["anything-but"].suffix;
    const all = templatesOf(made).flatMap(([, template]) =>
      ofType(template, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties),
    );
    for (const alarm of all) {
      const isExcluded = suffixes.some((suffix) => alarm.AlarmDescription.endsWith(suffix));
      expect([alarm.AlarmDescription, isExcluded]).toEqual([
        alarm.AlarmDescription,
        isGrouped(alarm),
      ]);
    }
  });

  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
  it.each(templatesWithTopics)(
    "lets EventBridge publish without a condition, which it could not meet: %s",
    (_, template) => {
      const [topicId, { Properties }] = only(template, "AWS::SNS::Topic");
      const [, policy] = only(template, "AWS::SNS::TopicPolicy");
      const key = template.Resources[Properties.KmsMasterKeyId["Fn::GetAtt"][0]];
      const events = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" } };
      expect(policy.Properties.PolicyDocument.Statement).toContainEqual({
        ...events,
        Sid: expect.any(String),
        Action: "sns:Publish",
        Resource: { Ref: topicId },
      });
      expect(key?.Properties.KeyPolicy.Statement).toContainEqual({
        ...events,
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
      });
    },
  );

  it("receives the ends of all alarms: their names begin with the name of their stack", () => {
    const [[, rule] = []] = ends;
    const prefixes: { prefix: string }[] = rule?.Properties.EventPattern.detail.alarmName;
    const withAlarms = made
      .synth()
      .stacks.filter(({ stackName }) => {
        const template = templateOf(made, stackName);
        return ofType(template, "AWS::CloudWatch::Alarm").length > 0;
      })
      .map(({ stackName }) => `${stackName}-`);
    expect(prefixes.map(({ prefix }) => prefix).sort()).toEqual(withAlarms.sort());
    for (const { AlarmName } of alarms) expect(AlarmName).toBeUndefined();
  });

  it("without an address: the synthesis warns, and an output states that no person is paged", () => {
    const warnings = made
      .synth()
      .stacks.flatMap(({ messages }) => messages)
      .filter(({ level }) => level === "warning");
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining('"pageEmail"'),
    ]);
    expect(region.Outputs.AlarmMails.Value).toContain("No person is paged");
  });

  it("mails the address in the context", () => {
    const withMails = app({ pageEmail: "on-call@example.org" });
    const mailed = regionOf(withMails);
    expect(mailed.Outputs.AlarmMails.Value).toContain("on-call@example.org");
    const messages = withMails.synth().stacks.flatMap((stack) => stack.messages);
    // CDK notes as information that a stack has 400 of its 500 resources.
    expect(messages.filter(({ level }) => level !== "info")).toEqual([]);
    expect(ofType(mailed, "AWS::SNS::Subscription")).toMatchObject([
      [expect.anything(), { Properties: { Protocol: "email", Endpoint: "on-call@example.org" } }],
    ]);
  });
});

describe("the synthesis refuses", () => {
  const alarm = (text: Partial<AlarmText>) => {
    const stack = new Stack();
    const pages = new Pages(stack, "Pages", { email: undefined, stacks: ["Godwit-Test"] });
    return pages.when(stack, "Fails", {
      metric: pages.topic.metricNumberOfNotificationsFailed(),
      threshold: 1,
      sentence: "It fails.",
      severity: "error",
      components: ["events"],
      runbook: "it-fails",
      ...text,
    });
  };

  it.each<[string, Partial<AlarmText>]>([
    ["no affected component", { components: [] }],
    ["no runbook", { runbook: "" }],
    ["no sentence", { sentence: "" }],
  ])("an alarm with %s", (_, text) => {
    expect(alarm({})).toBeDefined();
    expect(() => alarm(text)).toThrow("not valid");
  });
});

it("every component of the status page has an alarm", () => {
  const named = alarms.flatMap(
    ({ AlarmDescription }) => parseAlarmText(AlarmDescription)?.components ?? [],
  );
  expect(component.options.filter((name) => !named.includes(name))).toEqual([]);
});
