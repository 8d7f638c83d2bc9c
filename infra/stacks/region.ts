import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, Billing, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import { admin } from "../constructs/admin.ts";
import { devicePolicy } from "../constructs/devicePolicy.ts";
import { globalTables } from "../constructs/globalTables.ts";
import { Pages } from "../constructs/pages.ts";
import { Pipeline } from "../constructs/pipeline.ts";
import { Service } from "../constructs/service.ts";

interface RegionProps extends StackProps {
  /** Gets the pages of the region by mail. */
  readonly pageEmail?: string | undefined;
  /** How long a worker of the pipeline waits for its batch to fill; 0 is not at all. */
  readonly batchSeconds: number;
}

/** All that one region needs to take events, deliver them and answer users without another region's help. */
export class Region extends Stack {
  constructor(scope: Construct, id: string, { pageEmail, batchSeconds, ...props }: RegionProps) {
    super(scope, id, props);
    const pages = new Pages(this, "Pages", { email: pageEmail });
    const tables = globalTables(this);
    const pipeline = new Pipeline(this, "Pipeline", {
      tables,
      seen: seenEvents(this),
      pages,
      batchSeconds,
    });
    const policy = devicePolicy(this, "ThingPolicy", {
      name: "godwit_device",
      eventsRule: pipeline.rule.name,
      returnsRule: "godwit_returns",
    });
    const service = new Service(this, "Service", { tables, pages });
    const outputs = {
      ApiUrl: service.url,
      AdminFunction: admin(this, { tables, policy }).functionName,
      DevicePolicy: policy.ref,
      EventsRule: pipeline.rule.name,
      EventsQueue: pipeline.events.queue.queueUrl,
      DeliveriesQueue: pipeline.deliveries.queue.queueUrl,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}

/** The events whose repeats are known. It is worth nothing after a day, so it is not protected. */
const seenEvents = (scope: Construct): TableV2 =>
  new TableV2(scope, "SeenEvents", {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    timeToLiveAttribute: "expiresAt",
    billing: Billing.onDemand(),
    removalPolicy: RemovalPolicy.DESTROY,
  });
