import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { TableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { Construct } from "constructs";
import { capacityText } from "../capacity.ts";
import { admin } from "../constructs/admin.ts";
import type { Answers } from "../constructs/api/definition.ts";
import { Mail } from "../constructs/api/mail.ts";
import { recentTableName, Service, slotsTableName } from "../constructs/api/service.ts";
import { BrokerAlarms } from "../constructs/device/brokerAlarms.ts";
import { Connections } from "../constructs/device/connections.ts";
import { devicePolicy } from "../constructs/device/devicePolicy.ts";
import { FleetProvisioning } from "../constructs/device/fleetProvisioning.ts";
import { Provisioning } from "../constructs/device/provisioning.ts";
import { Releases } from "../constructs/device/releases.ts";
import { Updates } from "../constructs/device/updates.ts";
import { Watch } from "../constructs/device/watch.ts";
import { watchExecutions } from "../constructs/executionAlarm.ts";
import { type Drillable, drillable } from "../constructs/faults/drillable.ts";
import { FirmwareImages } from "../constructs/firmwareImages.ts";
import { type GlobalTables, globalTables } from "../constructs/globalTables.ts";
import { Pages } from "../constructs/pages.ts";
import { Archive } from "../constructs/pipeline/archive.ts";
import { Jobs } from "../constructs/pipeline/jobs.ts";
import { Pipeline } from "../constructs/pipeline/pipeline.ts";
import { SecretsKey } from "../constructs/secretsKey.ts";
import { shortLivedTable } from "../constructs/shortLivedTable.ts";
import { SliceAlarms } from "../constructs/sliceAlarms.ts";
import { TableAlarms } from "../constructs/tableAlarms.ts";
import { sizeNameOf, sizeOf } from "../sizes.ts";
import { operationsStackName } from "./operations.ts";
import { apiStackName } from "./restApi.ts";

interface RegionProps extends StackProps {
  /** Receives the pages of the region by mail. */
  readonly pageEmail?: string | undefined;
  /**
   * How long a worker of the pipeline waits for a full batch, in seconds; 0 means that it does not
   * wait.
   */
  readonly batchSeconds: number;
  /** Whether anyone may sign up. */
  readonly openSignUp: boolean;
  /** The sender of mails to users. Without one, Godwit sends no mails. */
  readonly mailFrom?: string | undefined;
  /** The name of the deployment for customers: the title of the status page. */
  readonly title: string;
  /** Whether AWS FIS may inject faults into some functions. */
  readonly drills: boolean;
  /** Validity of a new device certificate, in days; 0 means that it does not expire. */
  readonly certificateDays: number;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  /** Whether the region refuses devices, which then use other regions. Default: `false`. */
  readonly isClosed?: boolean;
  /** Whether the table of waiting deliveries may be deleted. Default: `false`. */
  readonly isUnprotected?: boolean;
}

/**
 * Everything that a region needs to accept events, deliver them and answer users without another
 * region, except the REST API, which has its own stack.
 */
export class Region extends Stack {
  readonly pages: Pages;
  /** The functions behind the API. */
  readonly answers: Answers;
  /** Resources that drills may break, if drills are enabled. */
  readonly drillable: Drillable | undefined;

  constructor(
    scope: Construct,
    id: string,
    {
      pageEmail,
      batchSeconds,
      openSignUp,
      mailFrom,
      title,
      drills,
      certificateDays,
      regions,
      isClosed = false,
      isUnprotected = false,
      ...props
    }: RegionProps,
  ) {
    super(scope, id, props);
    const stacks = [this.stackName, apiStackName(this.region), operationsStackName(this.region)];
    const pages = new Pages(this, "Pages", { email: pageEmail, stacks });
    this.pages = pages;
    const tables = globalTables(this, regions);
    const secrets = new SecretsKey(this, "Secrets", { regions });
    const archive = new Archive(this, "Archive", { pages });
    const firmwareImages = new FirmwareImages(this, "FirmwareImages", { regions });
    const { seen, recent, rateLimits, slots } = ownTables(this);
    const pipeline = new Pipeline(this, "Pipeline", {
      tables,
      seen,
      recent,
      rateLimits,
      slots,
      archive: archive.queue,
      secrets,
      pages,
      isUnprotected,
      batchSeconds,
    });
    const jobs = new Jobs(this, "Jobs", { tables, pipeline, archive, pages });
    const common = { tables, pipeline, pages, regions };
    const connections = new Connections(this, "Connections", { ...common, certificateDays });
    new Watch(this, "Watch", { tables, records: pipeline.records, slots, pages, regions });
    new Releases(this, "Releases", {
      ...{ tables, records: pipeline.records, slots, pages, regions },
      images: firmwareImages,
    });
    const updates = new Updates(this, "Updates", { ...common, images: firmwareImages });
    const policy = devicePolicy(this, "ThingPolicy", {
      eventsRule: pipeline.rule.name,
      returnsRule: connections.returnsRule.name,
      certificatesRule: connections.certificatesRule.name,
      updatesRule: updates.rule.name,
      isClosed,
    });
    const provisioning = { tables, regions, certificateDays, slots, isClosed };
    const claimPolicy = this.provisioning(policy, provisioning);
    this.answers = new Service(this, "Service", {
      tables,
      recent,
      slots,
      pipeline,
      jobs: jobs.queue,
      archive,
      firmwareImages,
      secrets,
      rateLimits,
      openSignUp,
      mail: mailOf(pipeline, { from: mailFrom, title, tables, rateLimits, regions, pages }),
      pages,
      policy,
      regions,
      certificateDays,
    }).answers;
    const regional = [seen, recent, rateLimits, slots, connections.replies, pipeline.waitingTable];
    this.watch({ tables, regional, regions });
    this.drillable = drills ? drillable(this) : undefined;
    const administration = { tables, policy, claimPolicy, regions, certificateDays, secrets };
    outputs(this, {
      AdminFunction: admin(this, { ...administration, images: firmwareImages }).functionName,
      DevicePolicy: policy.ref,
      ...describe(this, pipeline),
    });
  }

  /** Alarms on the services that all functions use. */
  private watch({
    tables,
    regional,
    regions,
  }: {
    tables: GlobalTables;
    regional: readonly TableV2[];
    regions: readonly string[];
  }): void {
    const { pages } = this;
    const otherRegions = regions.filter((name) => name !== this.region);
    new BrokerAlarms(this, "Broker", { pages });
    new TableAlarms(this, "Tables", { tables, ownTables: regional, otherRegions, pages });
    watchExecutions(this, pages);
    new SliceAlarms(this, "Slices", { pages });
  }

  /** Provisioning of devices in this region's registry; the policy of claim certificates. */
  private provisioning(
    devicePolicy: CfnPolicy,
    options: {
      tables: GlobalTables;
      regions: readonly string[];
      certificateDays: number;
      slots: TableV2;
      isClosed: boolean;
    },
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

/** Mails to users, which the API and the ledger order. */
const mailOf = (
  pipeline: Pipeline,
  {
    from,
    ...options
  }: Omit<ConstructorParameters<typeof Mail>[2], "from"> & {
    readonly from: string | undefined;
  },
): Mail | undefined => {
  if (from === undefined) return undefined;
  const mail = new Mail(Stack.of(pipeline), "Mail", { from, ...options });
  pipeline.records.sendMails(mail);
  return mail;
};

/** What an operator looks up about a region. */
const describe = (scope: Construct, { rule, events, deliveries }: Pipeline) => ({
  Size: `${sizeNameOf(scope)}: ${capacityText(sizeOf(scope))}`,
  EventsRule: rule.name,
  EventsQueue: events.queue.queueUrl,
  DeliveriesQueue: deliveries.queue.queueUrl,
});

/** Defines outputs of a stack. */
const outputs = (scope: Construct, values: Readonly<Record<string, string>>): void => {
  for (const [name, value] of Object.entries(values)) new CfnOutput(scope, name, { value });
};

/** The tables of this region whose rows expire. */
const ownTables = (scope: Construct) => ({
  /** Marks of events, for the detection of duplicates. */
  seen: shortLivedTable(scope, "SeenEvents"),
  /** Events of the last minutes of fleets that have listeners. */
  recent: shortLivedTable(scope, "RecentEvents", {
    tableName: recentTableName,
    keys: ["pk", "sk"],
  }),
  rateLimits: shortLivedTable(scope, "Guesses"),
  /**
   * Concurrency slots of users, and leases of scheduled functions. The name is fixed, so that an
   * operator can look up which slots a user holds.
   */
  slots: shortLivedTable(scope, "Places", { tableName: slotsTableName }),
});
