import { Duration } from "aws-cdk-lib";
import { MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { ledgerMinutes } from "../../shared/ledger/limits.ts";
import {
  alarmMinutes,
  deliveriesFailedMin,
  deliveriesNotAttemptedMin,
  overdueMinutesMax,
  requestsFailedMin,
  silentDevicesMin,
  silentDevicesMinutes,
  sizeOf,
} from "../sizes.ts";
import { sliceMetric } from "./function/functionMetric.ts";
import { type Pages, sustained } from "./pages.ts";

/**
 * Alarms by contributor: an aggregate that looks healthy does not hide a slice that does not work.
 * Functions write the metrics, and only of slices with a problem: without one they cost nothing.
 * See docs/adr/0058-alarms-by-contributor.md.
 */
export class SliceAlarms extends Construct {
  constructor(scope: Construct, id: string, { pages }: { pages: Pages }) {
    super(scope, id);
    this.functions(pages);
    const recent = { minutes: alarmMinutes, statistic: "SUM" } as const;
    pages.when(this, "Routes", {
      metric: sliceMetric("RequestsFailed", "route", recent),
      sentence: "Requests to a route of the API fail.",
      severity: "error",
      components: ["api"],
      runbook: "a-route-of-the-api-fails",
      threshold: requestsFailedMin,
    });
    pages.when(this, "Workers", {
      metric: sliceMetric("DeliveriesNotAttempted", "worker", recent),
      sentence: "A worker of deliver has no sockets or files left, and makes no requests.",
      severity: "error",
      components: ["integrations"],
      runbook: "a-worker-cannot-make-requests",
      threshold: deliveriesNotAttemptedMin,
    });
    pages.when(this, "Integrations", {
      metric: sliceMetric("DeliveriesFailed", "integration", recent),
      sentence: "Deliveries of an integration fail in the worker, not at its target.",
      severity: "error",
      components: ["integrations"],
      runbook: "deliveries-of-an-integration-fail-in-the-worker",
      threshold: deliveriesFailedMin,
    });
    pages.when(this, "Overdue", {
      metric: sliceMetric("DeliveriesOverdue", "integration", {
        minutes: ledgerMinutes,
        statistic: "MAX",
      }),
      sentence: `Deliveries of an integration have been overdue for ${overdueMinutesMax} minutes.`,
      severity: "error",
      components: ["integrations"],
      runbook: "deliveries-are-overdue",
      threshold: 1,
      ...sustained(overdueMinutesMax / ledgerMinutes),
    });
    pages.when(this, "Fleets", {
      metric: sliceMetric("DevicesSilent", "fleet", {
        minutes: silentDevicesMinutes,
        statistic: "SUM",
      }),
      sentence: `${silentDevicesMin} devices of a fleet or more have become silent within ${silentDevicesMinutes} minutes.`,
      // In most cases the place of the devices has no power or network.
      severity: "warning",
      components: ["connectivity"],
      runbook: "devices-of-a-fleet-are-silent",
      threshold: silentDevicesMin,
    });
  }

  /**
   * Throttles of each function of the account, also of other applications, which share its quota.
   * What customers notice has alarms of its own: queues fall behind, and requests fail.
   */
  private functions(pages: Pages): void {
    pages.when(this, "Functions", {
      metric: new MathExpression({
        expression:
          'SELECT SUM(Throttles) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName',
        period: Duration.minutes(alarmMinutes),
        label: "Throttles",
      }),
      sentence: "A function is throttled.",
      severity: "warning",
      components: [],
      runbook: "a-function-is-throttled",
      threshold: 1,
      ...sizeOf(this).throttled,
    });
  }
}
