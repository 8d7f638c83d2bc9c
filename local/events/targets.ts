import type { Access } from "../iam/access.ts";
import { authorizeService, mayInvoke } from "../iam/serviceRole.ts";
import type { Lambda } from "../lambda/lambda.ts";
import type { Topics } from "../sns/topics.ts";
import type { SqsClient } from "../sqs/sqsClient.ts";
import type { Envelope } from "./envelope.ts";

/** The services that rules can invoke. */
export interface TargetServices {
  readonly lambda: Pick<Lambda, "invokeAsync">;
  readonly topics: Topics;
  readonly queues: Pick<SqsClient, "send">;
  /** The base URL of SQS. */
  readonly queuesUrl: string;
  /** The default event buses of other regions. */
  readonly buses: ReadonlyMap<string, RemoteBus>;
}

/** The default event bus of another region. */
export interface RemoteBus {
  /** Fails with a `ConnectionCut` when EventBridge of that region is stopped. */
  receive(event: Envelope): Promise<void>;
}

/** What a target receives: the event, and the text that is made of it. */
export interface TargetEvent {
  readonly event: Envelope;
  readonly text: string;
  /** Whether the event came from the bus of another region. */
  readonly isForwarded: boolean;
}

export interface TargetDeps {
  readonly services: TargetServices;
  readonly access: Access | undefined;
  readonly place: { readonly region: string; readonly account: string; readonly ruleArn: string };
}

/** Invokes a target once. */
export type Invoke = (given: TargetEvent) => Promise<void>;

const principal = "events.amazonaws.com";

/**
 * The invocation of a target by its ARN. With a role, the role's permissions decide, otherwise the
 * policy of the target. Fails for an ARN of any other service.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
export const openTarget = (
  { arn, roleArn }: { arn: string; roleArn: string | undefined },
  deps: TargetDeps,
): Invoke => {
  const [, , service = "", region = "", account = "", name = "", bus] = arn.split(":");
  const { region: ownRegion } = deps.place;
  if (service === "events" && name === "event-bus/default" && region !== ownRegion) {
    return busTarget({ arn, roleArn, region }, deps);
  }
  if (region !== ownRegion || bus !== (service === "lambda" ? bus : undefined)) {
    throw new Error(`the target ${arn} is not supported`);
  }
  switch (service) {
    case "lambda":
      return lambdaTarget(arn, deps);
    case "sns":
      return topicTarget({ arn, roleArn }, deps);
    case "sqs":
      return queueTarget({ arn, roleArn, path: `${account}/${name}` }, deps);
    default:
      throw new Error(`the target ${arn} is not supported`);
  }
};

interface Target {
  readonly arn: string;
  readonly roleArn: string | undefined;
}

const authorizeRole = (
  { roleArn }: Target,
  { action, resource }: { action: string; resource: string },
  { access, place: { ruleArn, account } }: TargetDeps,
): boolean => {
  if (roleArn === undefined) return false;
  const source = { service: principal, sourceArn: ruleArn, account };
  authorizeService({ access, roleArn, ...source }, [{ action, resource }]);
  return true;
};

const lambdaTarget = (functionArn: string, { services, access, place }: TargetDeps): Invoke => {
  const { ruleArn: sourceArn, account } = place;
  return async ({ text }) => {
    if (!mayInvoke(access, { functionArn, service: principal, sourceArn, account })) {
      throw new Error("the function's policy does not allow EventBridge to invoke it");
    }
    services.lambda.invokeAsync(functionArn, JSON.parse(text));
  };
};

const topicTarget = (target: Target, deps: TargetDeps): Invoke => {
  const { arn } = target;
  return async ({ text }) => {
    authorizeRole(target, { action: "sns:Publish", resource: arn }, deps);
    // EventBridge sends no source to SNS.
    await deps.services.topics.publish(arn, { message: text }, { service: principal });
  };
};

const queueTarget = (target: Target & { path: string }, deps: TargetDeps): Invoke => {
  const permission = { action: "sqs:SendMessage", resource: target.arn };
  const { access, services, place } = deps;
  return async ({ text }) => {
    const context = { "aws:sourcearn": place.ruleArn, "aws:sourceaccount": place.account };
    const isAllowed =
      authorizeRole(target, permission, deps) ||
      (access?.allowsService(principal, { ...permission, context }) ?? true);
    if (!isAllowed) throw new Error("the queue's policy does not allow EventBridge to send");
    await services.queues.send(`${services.queuesUrl}/${target.path}`, text);
  };
};

/** A role is required for the bus of another region. */
const busTarget = (target: Target & { region: string }, deps: TargetDeps): Invoke => {
  const { arn, roleArn, region } = target;
  if (roleArn === undefined) throw new Error(`the target ${arn} requires a RoleArn`);
  return async ({ event, isForwarded }) => {
    // EventBridge does not pass an event on to a third bus.
    if (isForwarded) return;
    authorizeRole(target, { action: "events:PutEvents", resource: arn }, deps);
    const bus = deps.services.buses.get(region);
    if (bus === undefined) throw new Error(`the region ${region} does not run`);
    await bus.receive(event);
  };
};
