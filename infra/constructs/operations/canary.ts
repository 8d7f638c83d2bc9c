import { Duration } from "aws-cdk-lib";
import type { SpecRestApi } from "aws-cdk-lib/aws-apigateway";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { canaryMinutes, canaryTimeoutSeconds } from "../../../shared/canary/limits.ts";
import { type Check, checks } from "../../../shared/objective/check.ts";
import { canarySilentMinutes } from "../../sizes.ts";
import { adminFunctionName } from "../admin.ts";
import { canarySilentRunbook } from "../alarmGroups.ts";
import { allow } from "../allow.ts";
import { slotsTableName } from "../api/service.ts";
import { fn } from "../function/fn.ts";
import { functionMetric } from "../function/functionMetric.ts";
import type { GlobalTables } from "../globalTables.ts";
import type { Pages } from "../pages.ts";
import { schedule } from "../schedule.ts";
import { allowSecretsByAlias, secretsKeyAlias } from "../secretsKey.ts";
import { objectiveAlarms } from "./objectiveAlarms.ts";

interface CanaryOptions {
  readonly tables: GlobalTables;
  /** The REST API of the region. */
  readonly rest: SpecRestApi;
  readonly pages: Pages;
  /** How long a worker of the pipeline waits for a full batch, in seconds. */
  readonly batchSeconds: number;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
}

/**
 * The checks of a deployment. With a batching window, Lambda may hold an event of a quiet queue for
 * 20 s, so that a check within seconds says nothing.
 */
const checksWith = (batchSeconds: number): Check[] =>
  checks.filter((check) => batchSeconds === 0 || !waiting.includes(check));

const waiting: readonly Check[] = ["event", "webhook", "update"];

/** 1 for a minute in which the function was invoked and no run was complete. */
const incompleteRuns = (canary: LambdaFunction): MathExpression =>
  new MathExpression({
    expression: "IF(invocations > 0 AND FILL(runs, 0) == 0, 1, 0)",
    usingMetrics: {
      invocations: canary.metricInvocations({
        period: Duration.minutes(canaryMinutes),
        statistic: "sum",
      }),
      runs: functionMetric("canary", "CanaryRuns", { minutes: canaryMinutes, statistic: "sum" }),
    },
    period: Duration.minutes(canaryMinutes),
    label: "Runs that are not complete",
  });

/**
 * The canary of a region: a synthetic device and a synthetic integration that use the product once
 * a minute as a customer does, and the alarms of the objectives that it measures.
 */
export class Canary extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { tables, rest, pages, batchSeconds, regions }: CanaryOptions,
  ) {
    super(scope, id);
    // By their names: a reference would bind the stack of the region to this one.
    const slots = TableV2.fromTableName(this, "Slots", slotsTableName);
    const admin = LambdaFunction.fromFunctionName(this, "Admin", adminFunctionName);
    const selected = checksWith(batchSeconds);
    // Without alarms of its own: a run that fails or is throttled is not complete.
    const canary = fn(this, "canary", {
      environment: {
        OPERATIONS_TABLE: tables.operations.tableName,
        SLOTS_TABLE: slots.tableName,
        ADMIN_FUNCTION: admin.functionName,
        API_URL: rest.url,
        BROKER_CA: "amazon",
        SECRETS_KEY: secretsKeyAlias,
        CHECKS: selected.join(),
        REGIONS: regions.join(),
      },
      timeoutSeconds: canaryTimeoutSeconds,
    });
    tables.operations.grant(canary, "dynamodb:GetItem", "dynamodb:PutItem");
    allow(canary, ["lambda:InvokeFunction"], [admin.functionArn]);
    allow(canary, ["iot:DescribeEndpoint"], ["*"], "IoT Core has no resource for this action.");
    allowSecretsByAlias(canary, regions);
    const silent = { severity: "warning", components: [], runbook: canarySilentRunbook } as const;
    schedule(this, canary, {
      minutes: canaryMinutes,
      slots,
      description: "Uses the product as a customer does, and measures it",
      stopped: { ...silent, sentence: "The schedule of the canary does not run." },
      pages,
    });
    pages.when(this, "Silent", {
      ...silent,
      metric: incompleteRuns(canary),
      sentence: "The runs of the canary fail: the objectives of this region are not measured.",
      threshold: 1,
      periods: canarySilentMinutes + 1,
      datapoints: canarySilentMinutes,
    });
    for (const check of selected) objectiveAlarms(this, check, pages);
  }
}
