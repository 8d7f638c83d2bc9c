import { CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, Billing, TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { Construct } from "constructs";
import { admin } from "../constructs/admin.ts";
import type { Answers } from "../constructs/api/api.ts";
import { Mail } from "../constructs/api/mail.ts";
import { recentTableName, Service, slotsTableName } from "../constructs/api/service.ts";
import { Connections } from "../constructs/device/connections.ts";
import { devicePolicy } from "../constructs/device/devicePolicy.ts";
import { FleetProvisioning } from "../constructs/device/fleetProvisioning.ts";
import { Provisioning } from "../constructs/device/provisioning.ts";
import { Watch } from "../constructs/device/watch.ts";
import { type Drillable, drillable } from "../constructs/faults/drillable.ts";
import { type GlobalTables, globalTables } from "../constructs/globalTables.ts";
import { Pages } from "../constructs/pages.ts";
import { Archive } from "../constructs/pipeline/archive.ts";
import { Jobs } from "../constructs/pipeline/jobs.ts";
import { Pipeline } from "../constructs/pipeline/pipeline.ts";
import { SecretsKey } from "../constructs/secretsKey.ts";

interface RegionProps extends StackProps {
  /** Gets the pages of the region by mail. */
  readonly pageEmail?: string | undefined;
  /** How long a worker of the pipeline waits for its batch to fill; 0 is not at all. */
  readonly batchSeconds: number;
  /** Whether everybody may make themselves a user. */
  readonly openSignUp: boolean;
  /** The sender of mails to users; without one, no mails are sent. */
  readonly mailFrom?: string | undefined;
  /** Whether AWS FIS can make some functions fail. */
  readonly drills: boolean;
  /** For how many days a new certificate of a device is valid; 0: it does not expire. */
  readonly certificateDays: number;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
}

/**
 * All that one region needs to take events, deliver them and answer users without another region's help; but
 * for the REST API, which is a stack of its own.
 */
export class Region extends Stack {
  readonly pages: Pages;
  /** The functions that answer the API. */
  readonly answers: Answers;
  /** What drills may break, where they are switched on. */
  readonly drillable: Drillable | undefined;

  constructor(
    scope: Construct,
    id: string,
    {
      pageEmail,
      batchSeconds,
      openSignUp,
      mailFrom,
      drills,
      certificateDays,
      regions,
      ...props
    }: RegionProps,
  ) {
    super(scope, id, props);
    const pages = new Pages(this, "Pages", { email: pageEmail });
    this.pages = pages;
    const tables = globalTables(this, regions);
    const recent = recentEvents(this);
    const secrets = new SecretsKey(this, "Secrets", { regions });
    const archive = new Archive(this, "Archive", { pages });
    const pipeline = new Pipeline(this, "Pipeline", {
      tables,
      seen: passing(this, "SeenEvents"),
      recent,
      archive: archive.queue,
      secrets,
      pages,
      batchSeconds,
    });
    const deliveries = pipeline.deliveries.queue;
    const records = pipeline.records.queue.queue;
    const jobs = new Jobs(this, "Jobs", { tables, deliveries, records, archive, pages });
    const connections = new Connections(this, "Connections", {
      tables,
      pipeline,
      pages,
      certificateDays,
      regions,
    });
    new Watch(this, "Watch", { tables, records: pipeline.records, pages, regions });
    const policy = devicePolicy(this, "ThingPolicy", {
      eventsRule: pipeline.rule.name,
      returnsRule: connections.returnsRule.name,
      certificatesRule: connections.certificatesRule.name,
    });
    const claimPolicy = this.provisioning(policy, { tables, regions, certificateDays });
    const rateLimits = passing(this, "Guesses");
    const mail =
      mailFrom === undefined
        ? undefined
        : new Mail(this, "Mail", { from: mailFrom, tables, rateLimits, regions, pages });
    this.answers = new Service(this, "Service", {
      tables,
      recent,
      slots: slots(this),
      events: pipeline.events.queue,
      jobs: jobs.queue,
      archive,
      secrets,
      rateLimits,
      openSignUp,
      mail,
      pages,
      policy,
      regions,
      certificateDays,
    }).answers;
    this.drillable = drills ? drillable(this) : undefined;
    const outputs = {
      AdminFunction: admin(this, { tables, policy, claimPolicy, regions, certificateDays, secrets })
        .functionName,
      DevicePolicy: policy.ref,
      EventsRule: pipeline.rule.name,
      EventsQueue: pipeline.events.queue.queueUrl,
      DeliveriesQueue: pipeline.deliveries.queue.queueUrl,
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }

  /** The two ways into this region's registry; the policy of claim certificates. */
  private provisioning(
    devicePolicy: CfnPolicy,
    options: { tables: GlobalTables; regions: readonly string[]; certificateDays: number },
  ): CfnPolicy {
    const { pages } = this;
    const { claimPolicy } = new FleetProvisioning(this, "FleetProvisioning", {
      ...options,
      devicePolicy,
      pages,
    });
    new Provisioning(this, "Provisioning", {
      ...options,
      policy: devicePolicy,
      claimPolicy,
      pages,
    });
    return claimPolicy;
  }
}

/** A table of this region alone. What is in it is worth nothing after a day, so it is not protected. */
const passing = (scope: Construct, id: string): TableV2 =>
  new TableV2(scope, id, {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    timeToLiveAttribute: "expiresAt",
    billing: Billing.onDemand(),
    removalPolicy: RemovalPolicy.DESTROY,
  });

/** Its name is fixed, so that a person can look up which places a user has. */
const slots = (scope: Construct): TableV2 =>
  new TableV2(scope, "Places", {
    tableName: slotsTableName,
    partitionKey: { name: "pk", type: AttributeType.STRING },
    timeToLiveAttribute: "expiresAt",
    billing: Billing.onDemand(),
    removalPolicy: RemovalPolicy.DESTROY,
  });

/** The last minutes of fleets that are listened to. It is worth nothing after that, so it is not protected. */
const recentEvents = (scope: Construct): TableV2 =>
  new TableV2(scope, "RecentEvents", {
    tableName: recentTableName,
    partitionKey: { name: "pk", type: AttributeType.STRING },
    sortKey: { name: "sk", type: AttributeType.STRING },
    timeToLiveAttribute: "expiresAt",
    billing: Billing.onDemand(),
    removalPolicy: RemovalPolicy.DESTROY,
  });
