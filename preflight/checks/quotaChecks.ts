import { GetAccountCommand } from "@aws-sdk/client-api-gateway";
import { GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import {
  type DescribeAlarmsCommandInput,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";
import { paginateListTables } from "@aws-sdk/client-dynamodb";
import { GetAccountSettingsCommand } from "@aws-sdk/client-lambda";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import type { Aws } from "../aws.ts";
import type { Check } from "../check.ts";
import { isNotFound } from "../explain.ts";
import {
  concurrencyQuotaDefault,
  concurrencyQuotaMin,
  pagesMax,
  queryAlarmsMax,
  unreservedMin,
} from "../limits.ts";
import { isQueryAlarm, reservedOf } from "../requirements.ts";
import { type Finding, ok } from "../row.ts";

/**
 * Whether the functions can reserve their concurrency. Lambda counts the functions of all
 * deployments in the region.
 */
export const checkConcurrency: Check = async ({ aws, requirements, quotas, signal }) => {
  const check = "Lambda: concurrent executions";
  const { AccountLimit = {} } = await aws.lambda.send(new GetAccountSettingsCommand({}), {
    abortSignal: signal,
  });
  const { ConcurrentExecutions: quota, UnreservedConcurrentExecutions: unreserved } = AccountLimit;
  if (quota === undefined || unreserved === undefined) {
    throw new Error("Lambda returned no quota.");
  }
  const own = await deployedReservation(aws, requirements.stacks, signal);
  const others = Math.max(0, quota - unreserved - own);
  const free = requirements.reserved === 0 ? concurrencyQuotaMin : unreservedMin;
  const needed = others + requirements.reserved + free;
  const parts = [
    `${requirements.reserved} reserved by these templates`,
    ...(others > 0 ? [`${others} reserved by other functions`] : []),
    `${free} unreserved`,
  ];
  const need = `${needed} (${parts.join(", ")})`;
  if (quota >= needed) return [ok(check, `${quota}`, need)];
  const value = Math.max(needed, concurrencyQuotaDefault);
  const request = await quotas.request(concurrency, value, signal);
  const smaller = " Or deploy the size starter, which reserves none: --context size=starter";
  const action = `${request}${requirements.reserved === 0 ? "" : smaller}`;
  return [{ check, found: `${quota}`, needed: need, result: "fail", action }];
};

const concurrency = { service: "lambda", name: /^Concurrent executions$/i };

const deployedTemplate = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** Concurrency that the deployed stacks of this configuration reserve already. */
const deployedReservation = async (
  { cloudFormation }: Aws,
  stacks: readonly string[],
  abortSignal: AbortSignal,
): Promise<number> => {
  let sum = 0;
  for (const StackName of stacks) {
    const body = await cloudFormation
      .send(new GetTemplateCommand({ StackName }), { abortSignal })
      .then(({ TemplateBody }) => TemplateBody)
      .catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
    const { success, data } = deployedTemplate.safeParse(parseJson(body ?? ""));
    if (!success) continue;
    const functions = Object.values(data.Resources).filter(
      ({ Type }) => Type === "AWS::Lambda::Function",
    );
    sum += reservedOf(functions.map(({ Properties }) => Properties));
  }
  return sum;
};

/** Tables of other applications count towards the same quota. */
export const checkTables: Check = async ({ aws, requirements, quotas, signal }) => {
  const own = new Set(requirements.names.map(({ name }) => name));
  let others = 0;
  let pages = 0;
  const config = { client: aws.dynamo, pageSize: 100 };
  for await (const page of paginateListTables(config, {}, { abortSignal: signal })) {
    const names = page.TableNames ?? [];
    others += names.filter(
      (name) => !own.has(name) && !isOfStack(name, requirements.stacks),
    ).length;
    pages += 1;
    if (pages === pagesMax) break;
  }
  const finding = await quotas.compare(
    {
      check: "DynamoDB: tables",
      wanted: { service: "dynamodb", name: /^(Maximum number of tables|Table count)$/i },
      needed: others + requirements.tables,
      because: `${requirements.tables} of these templates, ${others} others`,
    },
    signal,
  );
  return [finding];
};

/** Generated names begin with the name of their stack. */
const isOfStack = (name: string, stacks: readonly string[]): boolean =>
  stacks.some((stack) => name.startsWith(`${stack}-`));

export const checkAlarms: Check = async ({ aws, requirements, quotas, signal }) => {
  let others = 0;
  let otherQueries = 0;
  let pages = 0;
  const config = { client: aws.cloudWatch, pageSize: 100 };
  // Without the types, CloudWatch returns metric alarms only.
  const input: DescribeAlarmsCommandInput = { AlarmTypes: ["MetricAlarm", "CompositeAlarm"] };
  for await (const page of paginateDescribeAlarms(config, input, { abortSignal: signal })) {
    const alarms = [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])];
    const ofOthers = alarms.filter(
      ({ AlarmName = "" }) => !isOfStack(AlarmName, requirements.stacks),
    );
    others += ofOthers.length;
    otherQueries += ofOthers.filter(isQueryAlarm).length;
    pages += 1;
    if (pages === pagesMax) break;
  }
  const finding = await quotas.compare(
    {
      check: "CloudWatch: alarms",
      wanted: { service: "monitoring", name: /^(maximum )?(number of )?(metric )?alarms\b/i },
      needed: others + requirements.alarms,
      because: `${requirements.alarms} of these templates, ${others} others`,
    },
    signal,
  );
  return [finding, queryFinding(requirements.queryAlarms, otherQueries)];
};

const queryFinding = (own: number, others: number): Finding => {
  const check = "CloudWatch: alarms on metric queries";
  const found = `at most ${queryAlarmsMax}`;
  const needed = `${own + others} (${own} of these templates, ${others} others)`;
  if (own + others <= queryAlarmsMax) return ok(check, found, needed);
  const action = "Delete alarms on metric queries of other applications, or ask AWS Support.";
  return { check, found, needed, result: "fail", action };
};

/** Rules of other applications count towards the same quota, but are not listed. */
export const checkRules: Check = async ({ requirements, quotas, signal }) =>
  requirements.eventRules === 0
    ? []
    : [
        await quotas.compare(
          {
            check: "EventBridge: rules",
            wanted: { service: "events", name: /^(number of )?rules$/i },
            needed: requirements.eventRules,
            because: "of these templates",
          },
          signal,
        ),
      ];

/** The throttle of an API does not raise that of the account. */
export const checkApi: Check = async ({ aws, requirements, quotas, signal }) => {
  if (requirements.apiResources === 0) return [];
  const { throttleSettings = {} } = await aws.apiGateway.send(new GetAccountCommand({}), {
    abortSignal: signal,
  });
  const { rateLimit = 0, burstLimit = 0 } = throttleSettings;
  const check = "API Gateway: requests per second";
  const found = `${rateLimit}, burst ${burstLimit}`;
  const needed = `${requirements.apiRate}, burst ${requirements.apiBurst}`;
  const isEnough = rateLimit >= requirements.apiRate && burstLimit >= requirements.apiBurst;
  const rate: Finding = isEnough
    ? ok(check, found, needed)
    : {
        check,
        found,
        needed,
        result: "note",
        action: `The API is throttled at the account's quota. ${await quotas.request(
          { service: "apigateway", name: /^Throttle rate$/i },
          Math.max(requirements.apiRate, 2 * requirements.apiBurst),
          signal,
        )}`,
      };
  const resources = await quotas.compare(
    {
      check: "API Gateway: resources per API",
      wanted: { service: "apigateway", name: /^Resources(\/Routes)? per (REST|API)/i },
      needed: requirements.apiResources,
    },
    signal,
  );
  return [rate, resources];
};

export const checkQueues: Check = async ({ requirements, quotas, signal }) => [
  await quotas.compare(
    {
      check: "SQS: messages in flight per queue",
      wanted: { service: "sqs", name: /in.?flight.*standard|standard.*in.?flight/i },
      needed: requirements.inFlight,
      because: "batch size × concurrency",
    },
    signal,
  ),
];

/** The quotas of IoT Core limit the fleet, not the deployment. They are compared with `load`. */
export const checkBroker: Check = async ({ quotas, load, signal }) => {
  const { devices, eventsPerSecond } = load;
  const because = devices === undefined ? undefined : "of --devices";
  const perAccount = [
    ["connected devices", /^Maximum concurrent client connections per account/i, devices],
    ["publishes per second", /^Inbound publish requests per second per account/i, eventsPerSecond],
    // Without the response events of targets that answer with a body.
    ["rule evaluations per second", /^Rule evaluations per second/i, eventsPerSecond],
    ["connects per second", /^Connect requests per second per account/i, undefined],
  ] as const;
  const findings: Finding[] = [];
  for (const [what, name, needed] of perAccount) {
    const check = `IoT Core: ${what}`;
    const wanted = { service: "iotcore", name };
    findings.push(
      await quotas.compare(
        { check, wanted, needed, ...(because !== undefined && { because }) },
        signal,
      ),
    );
  }
  return findings;
};
