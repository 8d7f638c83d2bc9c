import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";
import { type Resource, resourcesOf, type SynthesizedStack } from "./assembly.ts";

/** A resource whose name the template fixes, so that no other resource may have it. */
export interface FixedName {
  readonly type: NamedType;
  readonly name: string;
  /** The stack that owns the resource, and the stack's region. */
  readonly stack: string;
  readonly stackRegion: string;
}

/** A subscription of a topic, which the owner of the address confirms by mail. */
interface PageAddress {
  readonly stack: string;
  /** Logical id of the topic. */
  readonly topic: string;
  readonly address: string;
}

/** What the synthesized templates need in one region. */
export interface RegionRequirements {
  readonly region: string;
  readonly stacks: readonly string[];
  readonly bootstrap: { readonly version: number; readonly parameter: string };
  /** Reserved concurrency of all functions. */
  readonly reserved: number;
  readonly alarms: number;
  /** Alarms on a metric query. */
  readonly queryAlarms: number;
  /** Rules on the default event bus. */
  readonly eventRules: number;
  /** Parameters of Systems Manager that functions read. */
  readonly parameters: readonly string[];
  /** Tables, replicas of global tables included. */
  readonly tables: number;
  readonly topicRules: number;
  /** Resources of the largest API, its root included. */
  readonly apiResources: number;
  /** The highest throttle of an API stage, in requests per second, and its burst. */
  readonly apiRate: number;
  readonly apiBurst: number;
  /** The most messages that the workers of one queue hold at the same time. */
  readonly inFlight: number;
  readonly names: readonly FixedName[];
  /** The sender of mails. */
  readonly mailFrom: string | undefined;
  readonly pages: readonly PageAddress[];
  /** Whether alarms have a topic here. */
  readonly hasAlarmTopic: boolean;
  /** The stack with a distribution of CloudFront, if one has. */
  readonly distributionStack: string | undefined;
}

/** Types whose resources can have a fixed name, and the property that fixes it. */
export const nameProperties = {
  "AWS::DynamoDB::GlobalTable": "TableName",
  "AWS::IoT::Policy": "PolicyName",
  "AWS::IoT::TopicRule": "RuleName",
  "AWS::IoT::ProvisioningTemplate": "TemplateName",
  "AWS::KMS::Alias": "AliasName",
  "AWS::Lambda::Function": "FunctionName",
  "AWS::S3::Bucket": "BucketName",
} as const;

export type NamedType = keyof typeof nameProperties;

/** Reads what the templates need in each region, in the order of the stacks. */
export const requirementsOf = (stacks: readonly SynthesizedStack[]): RegionRequirements[] => {
  const regions = [...new Set(stacks.map(({ region }) => region))];
  const replicas = replicaNames(stacks);
  return regions.map((region) => {
    const here = stacks.filter((stack) => stack.region === region);
    return regionRequirements(region, here, [
      ...namesIn(here),
      ...replicas.filter((name) => name.region === region && name.stackRegion !== region),
    ]);
  });
};

const regionRequirements = (
  region: string,
  here: readonly SynthesizedStack[],
  names: readonly FixedName[],
): RegionRequirements => {
  const functions = resourcesOf(here, "AWS::Lambda::Function").map(({ properties }) => properties);
  const count = (type: string): number => resourcesOf(here, type).length;
  const [first] = here;
  const localTables = resourcesOf(here, "AWS::DynamoDB::GlobalTable").length;
  const replicas = names.filter(({ stackRegion }) => stackRegion !== region).length;
  const throttles = stageThrottles(here);
  return {
    region,
    stacks: here.map(({ name }) => name),
    bootstrap: {
      version: Math.max(...here.map(({ bootstrapMin }) => bootstrapMin)),
      parameter: first?.bootstrapParameter ?? "",
    },
    reserved: reservedOf(functions),
    alarms: count("AWS::CloudWatch::Alarm") + count("AWS::CloudWatch::CompositeAlarm"),
    queryAlarms: resourcesOf(here, "AWS::CloudWatch::Alarm").filter(({ properties }) =>
      isQueryAlarm(properties),
    ).length,
    eventRules: count("AWS::Events::Rule"),
    parameters: [...new Set(functions.flatMap(parametersOf))].sort(),
    tables: localTables + replicas,
    topicRules: count("AWS::IoT::TopicRule"),
    apiResources: largestApi(here),
    apiRate: Math.max(0, ...throttles.map(({ ThrottlingRateLimit: rate }) => rate)),
    apiBurst: Math.max(0, ...throttles.map(({ ThrottlingBurstLimit: burst }) => burst)),
    inFlight: mostInFlight(here),
    names,
    mailFrom: functions.map(mailFromOf).find((from) => from !== undefined),
    pages: pagesOf(here),
    hasAlarmTopic: count("AWS::SNS::Topic") > 0,
    distributionStack: here.find(
      (stack) => resourcesOf([stack], "AWS::CloudFront::Distribution").length > 0,
    )?.name,
  };
};

const reservation = z.object({ ReservedConcurrentExecutions: z.number().default(0) });

/** The reserved concurrency of some functions, from their properties. */
export const reservedOf = (functions: readonly Resource["Properties"][]): number =>
  functions.reduce(
    (sum, properties) => sum + reservation.parse(properties).ReservedConcurrentExecutions,
    0,
  );

const metrics = z.object({ Metrics: z.array(z.object({ Expression: z.string().optional() })) });

/** Whether an alarm evaluates a query: its properties in a template, or as CloudWatch lists it. */
export const isQueryAlarm = (alarm: unknown): boolean =>
  metrics
    .safeParse(alarm)
    .data?.Metrics.some(({ Expression }) => /^\s*SELECT\b/i.test(Expression ?? "")) ?? false;

const watcher = z.object({
  Environment: z.object({
    Variables: z.object({
      PAGE_RECEIVERS: z.string(),
      HEARTBEAT_URL_PARAMETER: z.string().optional(),
    }),
  }),
});

const withSecrets = z.array(z.object({ secret: z.string().optional() }));

/** The parameters that a function reads: secrets of receivers of pages, and a URL. */
const parametersOf = (properties: Resource["Properties"]): string[] => {
  const { success, data } = watcher.safeParse(properties);
  if (!success) return [];
  const { PAGE_RECEIVERS, HEARTBEAT_URL_PARAMETER } = data.Environment.Variables;
  const receivers = withSecrets.safeParse(parseJson(PAGE_RECEIVERS)).data ?? [];
  return [
    ...receivers.flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
    ...(HEARTBEAT_URL_PARAMETER === undefined ? [] : [HEARTBEAT_URL_PARAMETER]),
  ];
};

const isNamedType = (type: string): type is NamedType => Object.hasOwn(nameProperties, type);

const namesIn = (stacks: readonly SynthesizedStack[]): FixedName[] =>
  stacks.flatMap((stack) =>
    Object.values(stack.resources).flatMap(({ Type: type, Properties }) => {
      if (!isNamedType(type)) return [];
      const name = Properties[nameProperties[type]];
      if (typeof name !== "string") return [];
      return [{ type, name, stack: stack.name, stackRegion: stack.region }];
    }),
  );

const replicated = z.object({
  TableName: z.string(),
  Replicas: z.array(z.object({ Region: z.string() })),
});

/** Replicas of global tables have the name of their table, in other regions than its stack. */
const replicaNames = (
  stacks: readonly SynthesizedStack[],
): (FixedName & { readonly region: string })[] =>
  resourcesOf(stacks, "AWS::DynamoDB::GlobalTable").flatMap(({ stack, properties }) => {
    const { success, data } = replicated.safeParse(properties);
    if (!success) return [];
    return data.Replicas.map(({ Region }) => ({
      type: "AWS::DynamoDB::GlobalTable" as const,
      name: data.TableName,
      stack: stack.name,
      stackRegion: stack.region,
      region: Region,
    }));
  });

const api = z.object({ Body: z.object({ paths: z.record(z.string(), z.unknown()) }) });

/** The resources of the largest API: the root, and each level of its paths. */
const largestApi = (stacks: readonly SynthesizedStack[]): number =>
  Math.max(
    0,
    ...resourcesOf(stacks, "AWS::ApiGateway::RestApi").map(({ properties }) => {
      const levels = Object.keys(api.parse(properties).Body.paths).flatMap((path) =>
        path.split("/").map((_, i, parts) => parts.slice(0, i + 1).join("/")),
      );
      return new Set(levels).size;
    }),
  );

const throttle = z.object({
  ThrottlingRateLimit: z.number().default(0),
  ThrottlingBurstLimit: z.number().default(0),
});

const stage = z.object({ MethodSettings: z.array(throttle).default([]) });

const stageThrottles = (stacks: readonly SynthesizedStack[]): z.output<typeof throttle>[] =>
  resourcesOf(stacks, "AWS::ApiGateway::Stage").flatMap(
    ({ properties }) => stage.parse(properties).MethodSettings,
  );

const mapping = z.object({
  BatchSize: z.number().default(10),
  ScalingConfig: z.object({ MaximumConcurrency: z.number() }).optional(),
});

const mostInFlight = (stacks: readonly SynthesizedStack[]): number =>
  Math.max(
    0,
    ...resourcesOf(stacks, "AWS::Lambda::EventSourceMapping").map(({ properties }) => {
      const { BatchSize, ScalingConfig } = mapping.parse(properties);
      return BatchSize * (ScalingConfig?.MaximumConcurrency ?? 0);
    }),
  );

const sender = z.object({
  Environment: z.object({ Variables: z.object({ MAIL_FROM: z.string() }) }),
});

const mailFromOf = (properties: Resource["Properties"]): string | undefined =>
  sender.safeParse(properties).data?.Environment.Variables.MAIL_FROM;

const subscription = z.object({
  Protocol: z.literal("email"),
  Endpoint: z.string(),
  TopicArn: z.object({ Ref: z.string() }),
});

const pagesOf = (stacks: readonly SynthesizedStack[]): PageAddress[] =>
  resourcesOf(stacks, "AWS::SNS::Subscription").flatMap(({ stack, properties }) => {
    const { success, data } = subscription.safeParse(properties);
    if (!success) return [];
    return [{ stack: stack.name, topic: data.TopicArn.Ref, address: data.Endpoint }];
  });
