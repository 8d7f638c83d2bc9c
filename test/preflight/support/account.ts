import type { Answer, Asked } from "./fakeAws.ts";

interface DeployedStack {
  readonly status: string;
  /** Physical id and type of each resource. */
  readonly resources?: readonly {
    readonly type: string;
    readonly id: string;
    readonly logical?: string;
  }[];
  readonly template?: object;
}

/**
 * An AWS account as the checks see it. Every region has the same state, unless `regions` says
 * otherwise.
 */
export interface Account {
  readonly enabledRegions: readonly string[];
  readonly bootstrapVersion: number | undefined;
  readonly concurrency: { readonly quota: number; readonly unreserved: number };
  /** By region and name. */
  readonly stacks: Readonly<Record<string, Readonly<Record<string, DeployedStack>>>>;
  readonly tables: readonly string[];
  readonly policies: readonly string[];
  readonly rules: readonly string[];
  readonly provisioningTemplates: readonly string[];
  readonly aliases: readonly string[];
  readonly functions: readonly string[];
  readonly buckets: readonly string[];
  readonly alarms: readonly string[];
  /** Alarms on metric queries of other applications. */
  readonly queryAlarms: number;
  /** Composite alarms of other applications. */
  readonly compositeAlarms: number;
  /** Names of parameters in Systems Manager. */
  readonly parameters: readonly string[];
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Values of quotas by name, instead of the usual ones. */
  readonly quotas: Readonly<Record<string, number>>;
  /** Requested values by the code of the quota. */
  readonly requests: Readonly<Record<string, number>>;
  readonly identities: Readonly<Record<string, { readonly isVerified: boolean }>>;
  readonly isInSandbox: boolean;
  /** Subscriptions by topic: the ARN or `PendingConfirmation` by address. */
  readonly subscriptions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An account that is ready for the first deployment, in two regions. */
export const readyAccount: Account = {
  enabledRegions: ["us-east-1", "eu-west-1"],
  bootstrapVersion: 31,
  concurrency: { quota: 1_000, unreserved: 1_000 },
  stacks: {},
  tables: [],
  policies: [],
  rules: [],
  provisioningTemplates: [],
  aliases: [],
  functions: [],
  buckets: [],
  alarms: [],
  queryAlarms: 0,
  compositeAlarms: 0,
  parameters: ["/godwit/pages/pagerduty"],
  throttle: { rateLimit: 10_000, burstLimit: 5_000 },
  quotas: {},
  requests: {},
  identities: { "example.com": { isVerified: true } },
  isInSandbox: false,
  subscriptions: {},
};

/** Names, codes and default values as Service Quotas lists them. */
const listedQuotas: readonly (readonly [string, string, string, number])[] = [
  ["lambda", "L-2ACBD22F", "Function and layer storage", 75],
  ["lambda", "L-B99A9384", "Concurrent executions", 1_000],
  ["dynamodb", "L-F98FE922", "Maximum number of tables", 2_500],
  ["monitoring", "L-2FF78D7B", "Number of alarms", 5_000],
  ["events", "L-244521F2", "Rules", 300],
  ["apigateway", "L-8A5B8E43", "Throttle rate", 10_000],
  ["apigateway", "L-01C8A9E0", "Resources/Routes per REST/WebSocket API", 300],
  ["sqs", "L-C491D5A4", "In-flight messages per standard queue", 120_000],
  ["iotcore", "L-75CAB723", "Maximum concurrent client connections per account", 500_000],
  ["iotcore", "L-4B33E451", "Inbound publish requests per second per account", 20_000],
  ["iotcore", "L-5E9B88DA", "Rule evaluations per second per AWS account", 20_000],
  ["iotcore", "L-AEA1E176", "Connect requests per second per account", 500],
];

const missing = (error: string, message: string, status = 400): Answer => ({
  status,
  error,
  body: { __type: error, message, Message: message },
});

const xmlError = (code: string, message: string, status = 400): Answer => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
});

const member = (items: readonly string[]): string =>
  items.map((item) => `<member>${item}</member>`).join("");

/** Answers as this account does. */
export const answerAs = (account: Account) => {
  const exists = (names: readonly string[], name: unknown, body: object): Answer =>
    names.includes(String(name))
      ? { body }
      : missing("ResourceNotFoundException", `${name} does not exist`, 404);
  const stacksIn = (region: string) => Object.entries(account.stacks[region] ?? {});
  const noStack = (name: unknown) =>
    xmlError("ValidationError", `Stack with id ${name} does not exist`);

  const cloudFormation = ({ operation, region, input }: Asked): Answer => {
    const { StackName, PhysicalResourceId, LogicalResourceId } = input;
    const stack = account.stacks[region]?.[String(StackName)];
    const withTimes = (content: string): string =>
      `${content}<Timestamp>2026-11-01T00:00:00Z</Timestamp><LastUpdatedTimestamp>2026-11-01T00:00:00Z</LastUpdatedTimestamp>`;
    if (operation === "ListStacks") {
      const all = stacksIn(region).map(
        ([name, { status }]) =>
          `<StackName>${name}</StackName><StackStatus>${status}</StackStatus><CreationTime>2026-11-01T00:00:00Z</CreationTime>`,
      );
      return { body: `<StackSummaries>${member(all)}</StackSummaries>` };
    }
    if (operation === "DescribeStackResources") {
      const owners = stacksIn(region).filter(([, { resources = [] }]) =>
        resources.some(({ id }) => id === PhysicalResourceId),
      );
      if (owners.length === 0) {
        return xmlError("ValidationError", `Stack for ${PhysicalResourceId} does not exist`);
      }
      // AWS returns all resources of the stack.
      const all = owners.flatMap(([name, { resources = [] }]) =>
        resources.map(({ type, id }) =>
          withTimes(
            `<StackName>${name}</StackName><LogicalResourceId>L</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>`,
          ),
        ),
      );
      return { body: `<StackResources>${member(all)}</StackResources>` };
    }
    if (stack === undefined) return noStack(StackName);
    if (operation === "GetTemplate") {
      const text = JSON.stringify(stack.template ?? { Resources: {} }).replaceAll("&", "&amp;");
      return { body: `<TemplateBody>${text.replaceAll("<", "&lt;")}</TemplateBody>` };
    }
    const listed = (stack.resources ?? []).map(({ type, id, logical = "L" }) =>
      withTimes(
        `<LogicalResourceId>${logical}</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId><ResourceType>${type}</ResourceType><ResourceStatus>CREATE_COMPLETE</ResourceStatus>`,
      ),
    );
    if (operation === "ListStackResources") {
      return { body: `<StackResourceSummaries>${member(listed)}</StackResourceSummaries>` };
    }
    const at = stack.resources?.findIndex(({ logical }) => logical === LogicalResourceId) ?? -1;
    if (at < 0) return xmlError("ValidationError", `Resource ${LogicalResourceId} does not exist`);
    return { body: `<StackResourceDetail>${listed[at]}</StackResourceDetail>` };
  };

  const quotas = ({ operation, input }: Asked): Answer => {
    const { ServiceCode, QuotaCode } = input;
    if (operation === "ListRequestedServiceQuotaChangeHistoryByQuota") {
      const value = account.requests[String(QuotaCode)];
      const request = { QuotaCode, DesiredValue: value, Status: "CASE_OPENED" };
      return { body: { RequestedQuotas: value === undefined ? [] : [request] } };
    }
    if (operation === "ListAWSDefaultServiceQuotas") return { body: { Quotas: [] } };
    const all = listedQuotas.filter(([service]) => service === ServiceCode);
    // Pages of one quota.
    const page = Number(input.NextToken ?? 0);
    const Quotas = all.slice(page, page + 1).map(([service, code, QuotaName, value]) => ({
      ServiceCode: service,
      QuotaCode: code,
      QuotaName,
      Value: account.quotas[QuotaName] ?? value,
      Adjustable: true,
    }));
    const next = page + 1 < all.length ? { NextToken: String(page + 1) } : {};
    return { body: { Quotas, ...next } };
  };

  const byOperation: Readonly<Record<string, (asked: Asked) => Answer>> = {
    GetCallerIdentity: () => ({
      body: "<Arn>arn:aws:iam::123456789012:user/anna</Arn><UserId>AIDA</UserId><Account>123456789012</Account>",
    }),
    GetParameter: ({ input: { Name } }) =>
      account.bootstrapVersion === undefined
        ? missing("ParameterNotFound", "")
        : { body: { Parameter: { Name, Type: "String", Value: `${account.bootstrapVersion}` } } },
    GetAccountSettings: () => ({
      body: {
        AccountLimit: {
          ConcurrentExecutions: account.concurrency.quota,
          UnreservedConcurrentExecutions: account.concurrency.unreserved,
        },
        AccountUsage: {},
      },
    }),
    ListTables: () => ({ body: { TableNames: account.tables } }),
    DescribeTable: ({ input: { TableName } }) =>
      exists(account.tables, TableName, { Table: { TableName, TableStatus: "ACTIVE" } }),
    GetPolicy: ({ input: { name } }) => exists(account.policies, name, { policyName: name }),
    ListTopicRules: () => ({ body: { rules: account.rules.map((ruleName) => ({ ruleName })) } }),
    DescribeProvisioningTemplate: ({ input: { name } }) =>
      exists(account.provisioningTemplates, name, { templateName: name }),
    DescribeKey: ({ input: { KeyId } }) =>
      account.aliases.includes(String(KeyId))
        ? { body: { KeyMetadata: { KeyId: "key-1" } } }
        : missing("NotFoundException", `Alias ${KeyId} is not found.`),
    GetFunctionConfiguration: ({ input: { name } }) =>
      exists(account.functions, name, { FunctionName: name }),
    ListBuckets: ({ input: { prefix = "" } }) => {
      const own = account.buckets.filter((name) => name.startsWith(String(prefix)));
      const all = own.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join("");
      return {
        body: `<ListAllMyBucketsResult><Buckets>${all}</Buckets></ListAllMyBucketsResult>`,
      };
    },
    HeadBucket: ({ input: { name } }) => ({
      status: account.buckets.includes(String(name)) ? 200 : 404,
      body: "",
    }),
    DescribeAlarms: ({ input: { AlarmTypes = ["MetricAlarm"] } }) => ({
      body: {
        CompositeAlarms: Array.from(
          { length: String(AlarmTypes).includes("CompositeAlarm") ? account.compositeAlarms : 0 },
          (_, i) => ({ AlarmName: `composite-${i}` }),
        ),
        MetricAlarms: [
          ...account.alarms.map((AlarmName) => ({ AlarmName, AlarmActions: ["arn"] })),
          ...Array.from({ length: account.queryAlarms }, (_, i) => ({
            AlarmName: `query-${i}`,
            Metrics: [{ Id: "q", Expression: 'SELECT SUM("a") FROM "b"' }],
          })),
        ],
      },
    }),
    GetParameters: ({ input: { Names } }) => {
      const names = Array.isArray(Names) ? Names.map(String) : [];
      const isKnown = (name: string): boolean => account.parameters.includes(name);
      return {
        body: {
          Parameters: names.filter(isKnown).map((Name) => ({ Name })),
          InvalidParameters: names.filter((name) => !isKnown(name)),
        },
      };
    },
    PutAlarmMuteRule: () => ({ body: {} }),
    DeleteAlarmMuteRule: () => ({ body: {} }),
    GetEmailIdentity: ({ input: { name } }) => {
      const identity = account.identities[String(name)];
      if (identity === undefined) return missing("NotFoundException", `${name} not found`, 404);
      const VerificationStatus = identity.isVerified ? "SUCCESS" : "PENDING";
      return { body: { VerifiedForSendingStatus: identity.isVerified, VerificationStatus } };
    },
    ListSubscriptionsByTopic: ({ input: { TopicArn } }) => {
      const all = Object.entries(account.subscriptions[String(TopicArn)] ?? {}).map(
        ([address, arn]) =>
          `<Protocol>email</Protocol><Endpoint>${address}</Endpoint><SubscriptionArn>${arn}</SubscriptionArn>`,
      );
      return { body: `<Subscriptions>${member(all)}</Subscriptions>` };
    },
  };

  return (asked: Asked): Answer => {
    const { service, operation, region } = asked;
    if (!account.enabledRegions.includes(region)) {
      const message = "The security token included in the request is invalid";
      return service === "sts"
        ? xmlError("InvalidClientTokenId", message, 403)
        : missing("UnrecognizedClientException", message);
    }
    if (service === "cloudformation") return cloudFormation(asked);
    if (service === "servicequotas") return quotas(asked);
    if (operation === "GetAccount") {
      return service === "ses"
        ? { body: { ProductionAccessEnabled: !account.isInSandbox, SendingEnabled: true } }
        : { body: { throttleSettings: account.throttle } };
    }
    const answer = byOperation[operation];
    if (answer === undefined) throw new Error(`unexpected ${service}.${operation}`);
    return answer(asked);
  };
};
