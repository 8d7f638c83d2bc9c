import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import { Pages } from "../constructs/pages.ts";
import { outOfDnsMinutes } from "../sizes.ts";
import type { Edge } from "./edge.ts";

/** Where Route 53 reports on health checks, and nowhere else: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html */
export const edgePagesRegion = "us-east-1";

interface EdgePagesProps extends StackProps {
  /** Gets the pages by mail. */
  readonly pageEmail?: string | undefined;
  readonly edges: readonly Edge[];
}

/** Pages when DNS takes a region out. A topic of its own, since there need not be a region where Route 53 reports. */
export class EdgePages extends Stack {
  constructor(scope: Construct, id: string, { pageEmail, edges, ...props }: EdgePagesProps) {
    super(scope, id, { ...props, env: { region: edgePagesRegion } });
    const pages = new Pages(this, "Pages", { email: pageEmail });
    for (const { region, healthCheck } of edges) {
      pages.when(this, `Ill-${region}`, {
        metric: new Metric({
          namespace: "AWS/Route53",
          metricName: "HealthCheckStatus",
          dimensionsMap: { HealthCheckId: healthCheck.healthCheckId },
          statistic: "min",
          period: Duration.minutes(1),
        }),
        says: `The region ${region} is taken out of DNS.`,
        runbook: "a-region-is-taken-out-of-dns",
        threshold: 1,
        whenBelow: true,
        periods: outOfDnsMinutes,
        silence: "page",
      });
    }
  }
}
