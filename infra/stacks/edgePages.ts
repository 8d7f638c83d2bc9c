import {
  CrossStackReferences,
  Duration,
  ReferenceStrength,
  Stack,
  type StackProps,
} from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { Pages } from "../constructs/pages.ts";
import { outOfDnsMinutes } from "../sizes.ts";
import type { Edge } from "./edge.ts";

/**
 * The only region where Route 53 publishes metrics of health checks:
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html
 */
export const edgePagesRegion = "us-east-1";

/** The name of the stack with the alarms of the domain name. */
export const edgePagesStackName = "Godwit-EdgePages";

interface EdgePagesProps extends StackProps {
  /** Receives the pages by mail. */
  readonly pageEmail?: string | undefined;
  readonly edges: readonly Edge[];
}

/**
 * Pages when DNS removes a region. It has its own topic, because the deployment may have no region
 * where Route 53 publishes metrics.
 *
 * It refers to stacks of other regions, which CloudFormation can only do by weak references: they
 * are resolved when this stack is deployed. All other references are strong, so that CloudFormation
 * refuses to replace a resource that another stack uses (docs/adr/0054-stack-references.md).
 */
export class EdgePages extends Stack {
  constructor(scope: Construct, id: string, { pageEmail, edges, ...props }: EdgePagesProps) {
    super(scope, id, { ...props, env: { region: edgePagesRegion } });
    CrossStackReferences.of(this).consume(ReferenceStrength.WEAK);
    const pages = new Pages(this, "Pages", { email: pageEmail, stacks: [this.stackName] });
    for (const { region, healthCheck } of edges) {
      pages.when(this, `Ill-${region}`, {
        metric: new Metric({
          namespace: "AWS/Route53",
          metricName: "HealthCheckStatus",
          dimensionsMap: { HealthCheckId: healthCheck.healthCheckId },
          statistic: "min",
          period: Duration.minutes(1),
        }),
        severity: "critical",
        components: ["api"],
        sentence: `DNS does not send clients to the region ${region}.`,
        runbook: "a-region-is-taken-out-of-dns",
        threshold: 1,
        whenBelow: true,
        periods: outOfDnsMinutes + 1,
        datapoints: outOfDnsMinutes,
        // Without data of the checkers, the region is as it was.
        silence: "keep",
      });
    }
  }
}
