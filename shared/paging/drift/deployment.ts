import type { ReadonlyRecord } from "./expectedValue.ts";

/** The types whose resources are compared, or to which these refer. */
export const comparedTypes = [
  "AWS::CloudWatch::Alarm",
  "AWS::CloudWatch::CompositeAlarm",
  "AWS::Events::Rule",
  "AWS::IoT::TopicRule",
  "AWS::SNS::Subscription",
  "AWS::SNS::Topic",
] as const;

type ComparedType = (typeof comparedTypes)[number];

/** A resource of a stack's template. */
export interface TemplateResource {
  readonly logicalId: string;
  readonly type: ComparedType;
  readonly properties: ReadonlyRecord;
  /** What `Ref` returns; absent if the stack has no such resource. */
  readonly physicalId: string | undefined;
}

/** A rule of EventBridge, or a topic rule of IoT Core, as it is. */
export interface DeployedRule {
  readonly isEnabled: boolean;
  /** The targets of a rule of EventBridge. */
  readonly targets: readonly string[];
}

/** A subscription of a topic as it is. */
export interface DeployedSubscription {
  readonly protocol: string;
  readonly endpoint: string;
  readonly isConfirmed: boolean;
}

/** The path of pages in a region: what the templates of its stacks state, and what is there. */
export interface Deployment {
  /** The resources of each stack of the region. */
  readonly stacks: readonly (readonly TemplateResource[])[];
  /** Alarms by name, with the members of CloudWatch's `MetricAlarm` and `CompositeAlarm`. */
  readonly alarms: ReadonlyMap<string, ReadonlyRecord>;
  /** Rules by name. */
  readonly rules: ReadonlyMap<string, DeployedRule>;
  /** Subscriptions by the ARN of their topic. A topic that does not exist is absent. */
  readonly subscriptions: ReadonlyMap<string, readonly DeployedSubscription[]>;
  /** Active mute rules: the names of the alarms of each, by the name of the rule. */
  readonly mutes: ReadonlyMap<string, readonly string[]>;
}

/** Reads deployments. */
export interface Deployments {
  /** Fails if a part cannot be read. */
  read(region: string): Promise<Deployment>;
  /**
   * The names of the rules of EventBridge and of the topic rules that are disabled. Fails if one
   * cannot be read.
   */
  disabledRules(region: string): Promise<readonly string[]>;
}
