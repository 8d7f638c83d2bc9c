import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { CfnExperimentTemplate } from "aws-cdk-lib/aws-fis";
import type { IRole } from "aws-cdk-lib/aws-iam";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { Drillable } from "../constructs/faults/drillable.ts";
import { drillFaultsPercent, drillMinutes, drillSlowMs } from "../sizes.ts";

interface DrillsProps extends StackProps {
  readonly drillable: Drillable;
  /** Alarms when users get errors. */
  readonly apiErrors: IAlarm;
  /** Whether the tables have replicas, whose replication can be paused. */
  readonly replicated: boolean;
}

interface Drill {
  readonly description: string;
  readonly faults: readonly Fault[];
  readonly endedBy: readonly IAlarm[];
}

/** An action on some resources. */
interface Fault {
  readonly action: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly kind: { readonly resourceType: string; readonly key: string };
  readonly name: string;
  readonly arns: readonly string[];
}

const functions = { resourceType: "aws:lambda:function", key: "Functions" };
const globalTables = { resourceType: "aws:dynamodb:global-table", key: "Tables" };
const invocationPercentage = String(drillFaultsPercent);

/**
 * Experiments of AWS FIS that a person starts: the drills of docs/drills.md that AWS offers itself.
 */
export class Drills extends Stack {
  private readonly role: IRole;

  constructor(
    scope: Construct,
    id: string,
    { drillable, apiErrors, replicated, ...props }: DrillsProps,
  ) {
    super(scope, id, props);
    const { workers, answers, losses } = drillable;
    this.role = drillable.role;
    this.drill("WorkersFail", {
      description: "Invocations of the pipeline's functions fail",
      faults: [
        {
          action: "aws:lambda:invocation-error",
          parameters: { invocationPercentage, preventExecution: "true" },
          kind: functions,
          name: "workers",
          arns: arnsOf(workers),
        },
      ],
      endedBy: losses,
    });
    this.drill("WorkersSlow", {
      description: "Invocations of the pipeline's functions are delayed",
      faults: [slow("workers", workers)],
      endedBy: losses,
    });
    this.drill("ApiSlow", {
      description: "Invocations of the API's functions are delayed",
      faults: [slow("answers", answers)],
      endedBy: [apiErrors],
    });
    if (replicated) this.pauseReplication(drillable, apiErrors);
  }

  private pauseReplication({ tables, losses }: Drillable, apiErrors: IAlarm): void {
    // A target takes at most five resources, and there are more tables than that.
    const faults = Object.entries(tables).map(([name, arn]) => ({
      action: "aws:dynamodb:global-table-pause-replication",
      kind: globalTables,
      name,
      arns: [arn],
    }));
    const description = "The region's tables hear nothing of other regions, nor those of this one";
    this.drill("ReplicationPaused", { description, faults, endedBy: [...losses, apiErrors] });
  }

  private drill(id: string, { description, faults, endedBy }: Drill): void {
    const duration = `PT${drillMinutes}M`;
    const template = new CfnExperimentTemplate(this, id, {
      description,
      roleArn: this.role.roleArn,
      targets: Object.fromEntries(
        faults.map(({ name, kind, arns }) => [
          name,
          { resourceType: kind.resourceType, resourceArns: [...arns], selectionMode: "ALL" },
        ]),
      ),
      actions: Object.fromEntries(
        faults.map(({ name, action, parameters, kind }) => [
          name,
          {
            actionId: action,
            parameters: { duration, ...parameters },
            targets: { [kind.key]: name },
          },
        ]),
      ),
      stopConditions: endedBy.map(({ alarmArn }) => ({
        source: "aws:cloudwatch:alarm",
        value: alarmArn,
      })),
      experimentOptions: { accountTargeting: "single-account", emptyTargetResolutionMode: "fail" },
      tags: { Name: `godwit ${id}` },
    });
    new CfnOutput(this, `${id}Template`, { value: template.attrId });
  }
}

const slow = (name: string, late: readonly IFunction[]): Fault => ({
  action: "aws:lambda:invocation-add-delay",
  parameters: { invocationPercentage, startupDelayMilliseconds: String(drillSlowMs) },
  kind: functions,
  name,
  arns: arnsOf(late),
});

const arnsOf = (all: readonly IFunction[]): string[] => all.map(({ functionArn }) => functionArn);
