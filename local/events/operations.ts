import * as z from "zod";
import type { AwsHandler } from "../http/awsRequest.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Authorize } from "../iam/authorize.ts";
import type { Envelope } from "./envelope.ts";
import type { BusEvent } from "./eventBus.ts";
import { putEvents } from "./putEvents.ts";

/** A rule as its operations change it, until the next start. */
interface ChangeableRule {
  readonly name: string;
  readonly arn: string;
  isEnabled: boolean;
  targets: readonly { readonly given: { readonly id: string; readonly arn: string } }[];
}

interface OperationDeps {
  readonly authorize: Authorize;
  /** Puts an event and returns it as its targets receive it. */
  readonly put: (event: BusEvent) => Envelope;
  readonly rules: readonly ChangeableRule[];
}

const bus = z.literal("default").optional();
const named = z.strictObject({ Name: z.string(), EventBusName: bus });
const inputs = {
  listTargets: z.strictObject({ Rule: z.string(), EventBusName: bus }),
  removeTargets: z.strictObject({
    Rule: z.string(),
    EventBusName: bus,
    Ids: z.array(z.string()).min(1),
    Force: z.boolean().optional(),
  }),
};

const prefix = "AWSEvents.";

/** Answers requests of EventBridge in the AWS JSON protocol. */
export const eventsHandler = (deps: OperationDeps): AwsHandler => {
  const run = operations(deps);
  return async ({ headers, body, roleKey }) => {
    const target = headers["x-amz-target"] ?? "";
    const name = target.startsWith(prefix) ? target.slice(prefix.length) : "";
    const operation = run[name];
    if (operation === undefined) {
      throw failure("UnknownOperationException", `${target} is not supported here`);
    }
    const given: unknown = JSON.parse(body.toString());
    deps.authorize(roleKey, name, given);
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(operation(given)),
    };
  };
};

const operations = ({
  put,
  rules,
}: OperationDeps): Readonly<Record<string, (given: unknown) => object>> => {
  const find = (name: string): ChangeableRule => {
    const rule = rules.find((each) => each.name === name);
    if (rule !== undefined) return rule;
    const message = `Rule ${name} does not exist on EventBus default.`;
    throw failure("ResourceNotFoundException", message);
  };
  const enable = (isEnabled: boolean) => (given: unknown) => {
    find(read(named, given).Name).isEnabled = isEnabled;
    return {};
  };
  return {
    PutEvents: (given) => putEvents(given, put),
    DescribeRule(given) {
      const { name, arn, isEnabled } = find(read(named, given).Name);
      const State = isEnabled ? "ENABLED" : "DISABLED";
      return { Name: name, Arn: arn, State, EventBusName: "default" };
    },
    EnableRule: enable(true),
    DisableRule: enable(false),
    ListTargetsByRule(given) {
      const { targets } = find(read(inputs.listTargets, given).Rule);
      return { Targets: targets.map(({ given: { id, arn } }) => ({ Id: id, Arn: arn })) };
    },
    RemoveTargets(given) {
      const { Rule, Ids } = read(inputs.removeTargets, given);
      const rule = find(Rule);
      rule.targets = rule.targets.filter((each) => !Ids.includes(each.given.id));
      return { FailedEntryCount: 0, FailedEntries: [] };
    },
  };
};

const read = <Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> => {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  throw failure("ValidationException", z.prettifyError(error));
};

const failure = (code: string, message: string): RestFailure =>
  new RestFailure(message, { status: 400, code });
