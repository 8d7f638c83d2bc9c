import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";
import * as z from "zod";
import type { ActiveAlarm } from "#shared/alarm/alarmStates.ts";
import { renderAlarmText } from "#shared/alarm/alarmText.ts";

const describeAlarms = z.strictObject({
  AlarmNamePrefix: z.literal("Godwit-"),
  AlarmTypes: z.array(z.enum(["MetricAlarm", "CompositeAlarm"])),
  StateValue: z.enum(["OK", "ALARM", "INSUFFICIENT_DATA"]),
  MaxRecords: z.number().max(100),
  NextToken: z.string().optional(),
});
const oneAlarm = z.strictObject({ AlarmName: z.string() });
const activeRules = z.strictObject({
  Statuses: z.tuple([z.literal("ACTIVE")]),
  MaxRecords: z.number(),
});
const metricQuery = z.union([
  z.strictObject({
    Id: z.string().regex(/^[a-z]\w*$/),
    Expression: z.string().startsWith("SELECT "),
    Period: z.literal(60),
  }),
  z.strictObject({
    Id: z.string().regex(/^[a-z]\w*$/),
    MetricStat: z.strictObject({
      Metric: z.strictObject({
        Namespace: z.string(),
        MetricName: z.string(),
        Dimensions: z.array(z.strictObject({ Name: z.string(), Value: z.string() })),
      }),
      Period: z.literal(60),
      Stat: z.string(),
    }),
  }),
]);
const metricData = z.strictObject({
  MetricDataQueries: z
    .array(metricQuery)
    .refine((all) => all.filter((one) => "Expression" in one).length <= 1, "only one query"),
  StartTime: z.number().multipleOf(60),
  EndTime: z.number().multipleOf(60),
  ScanBy: z.literal("TimestampDescending"),
});
const oneRule = z.strictObject({ AlarmMuteRuleName: z.string() });

/** An alarm as `DescribeAlarms` returns it in AWS JSON 1.0. */
const rowOf = (alarm: ActiveAlarm) => ({
  AlarmName: alarm.name,
  AlarmDescription: alarm.text ? renderAlarmText(alarm.text) : "another text",
  ActionsEnabled: true,
  AlarmActions: alarm.pages ? ["arn:aws:sns:us-east-1:1:pages"] : [],
  StateValue: alarm.state,
  StateReason: alarm.reason,
  StateUpdatedTimestamp: alarm.since.getTime() / 1_000 + 60,
  StateTransitionedTimestamp: alarm.since.getTime() / 1_000,
  ...(alarm.isComposite && {
    AlarmRule: [
      "FALSE",
      ...alarm.members.map((name) => `(ALARM("${name}") AND OK("${name}FirstData"))`),
    ].join(" OR "),
  }),
  ...(alarm.contributors.length > 0 && {
    Metrics: [{ Id: "q", Expression: "SELECT SUM(Failure) FROM x GROUP BY RuleName" }],
  }),
});

const attributesOf = (text: string) =>
  Object.fromEntries(text.split(" ").map((pair) => pair.split("=")));

/** A data point of a time series. */
interface Point {
  readonly metric: string;
  readonly check?: string;
  readonly label: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

const isOf = (query: z.output<typeof metricQuery>, { metric, check }: Point): boolean => {
  if ("Expression" in query) return query.Expression.includes(`(${metric})`);
  const { MetricName, Dimensions } = query.MetricStat.Metric;
  const named = Dimensions.find(({ Name }) => Name === "check")?.Value;
  return MetricName === metric && named === check;
};

interface State {
  series: readonly Point[];
  alarms: readonly ActiveAlarm[];
  /** Names of alarms that an active mute rule holds back. */
  muted: readonly string[];
  /** The status of every response, if not 200. */
  status?: number;
  readonly regions: string[];
}

/** CloudWatch with pages of one alarm, which refuses inputs that the service does not document. */
export const startCloudWatch = async () => {
  const state: State = { series: [], alarms: [], muted: [], regions: [] };
  const answers: Readonly<Record<string, (input: unknown) => object>> = {
    DescribeAlarms(input) {
      const { StateValue, NextToken = "0" } = describeAlarms.parse(input);
      const found = state.alarms.filter((one) => one.state === StateValue);
      const at = Number(NextToken);
      const rows = found.slice(at, at + 1);
      return {
        MetricAlarms: rows.filter((one) => !one.isComposite).map(rowOf),
        CompositeAlarms: rows.filter((one) => one.isComposite).map(rowOf),
        ...(found.length > at + 1 && { NextToken: String(at + 1) }),
      };
    },
    DescribeAlarmContributors(input) {
      const { AlarmName } = oneAlarm.parse(input);
      const parts = state.alarms.find((one) => one.name === AlarmName)?.contributors ?? [];
      return {
        AlarmContributors: parts.map((text, i) => ({
          ContributorId: String(i),
          ContributorAttributes: attributesOf(text),
          StateReason: "r",
        })),
      };
    },
    GetMetricData(input) {
      const { MetricDataQueries } = metricData.parse(input);
      return {
        MetricDataResults: MetricDataQueries.flatMap((query) =>
          state.series
            .filter((point) => isOf(query, point))
            .map(({ label, at, value }) => ({
              Id: query.Id,
              Label: label,
              Timestamps: [at / 1_000],
              Values: [value],
              StatusCode: "Complete",
            })),
        ),
        Messages: [],
      };
    },
    ListAlarmMuteRules(input) {
      activeRules.parse(input);
      const AlarmMuteRuleArn = "arn:aws:cloudwatch:us-east-1:1:alarm-mute-rule:Deployment";
      return { AlarmMuteRuleSummaries: state.muted.length > 0 ? [{ AlarmMuteRuleArn }] : [] };
    },
    GetAlarmMuteRule(input) {
      const { AlarmMuteRuleName: Name } = oneRule.parse(input);
      return Name === "Deployment" ? { Name, MuteTargets: { AlarmNames: state.muted } } : {};
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const region = /Credential=[^/]+\/\d+\/([^/]+)\/monitoring\//.exec(
      request.headers.authorization ?? "",
    )?.[1];
    state.regions.push(region ?? "unsigned");
    const action = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const answer = answers[action];
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.statusCode = state.status ?? (answer === undefined ? 400 : 200);
    const input: unknown = JSON.parse(Buffer.concat(chunks).toString());
    response.end(JSON.stringify(state.status === undefined ? answer?.(input) : {}));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  process.env.AWS_REGION = "us-east-1";
  process.env.AWS_ACCESS_KEY_ID = "test";
  process.env.AWS_SECRET_ACCESS_KEY = "test";
  process.env.AWS_ENDPOINT_URL_CLOUDWATCH = `http://127.0.0.1:${port}`;
  afterAll(() => {
    delete process.env.AWS_ENDPOINT_URL_CLOUDWATCH;
    server.close();
    server.closeAllConnections();
  });
  return state;
};
