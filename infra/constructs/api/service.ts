import { Stack } from "aws-cdk-lib";
import type { ITableV2 } from "aws-cdk-lib/aws-dynamodb";
import type { CfnPolicy } from "aws-cdk-lib/aws-iot";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { apiTimeoutSeconds } from "../../../shared/api/limits.ts";
import { streamLifeSeconds, streamTimeoutSeconds } from "../../../shared/stream/limits.ts";
import { sizeOf, streamMemoryMiB } from "../../sizes.ts";
import { allow, allowIot } from "../allow.ts";
import { allowConcerns, concernTables } from "../allowConcerns.ts";
import { allowRemoval } from "../allowRemoval.ts";
import { allowAligning, allowProvisioning } from "../device/allowRegistry.ts";
import { repliesTableName } from "../device/connections.ts";
import type { FirmwareImages } from "../firmwareImages.ts";
import { fn } from "../function/fn.ts";
import {
  allowIndex,
  allowRecording,
  type GlobalTables,
  globalTableIndexes,
} from "../globalTables.ts";
import { allowMonitoring } from "../operations/allowMonitoring.ts";
import type { Pages } from "../pages.ts";
import type { Archive } from "../pipeline/archive.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import type { SecretsKey } from "../secretsKey.ts";
import type { Answers } from "./definition.ts";
import type { Mail } from "./mail.ts";

const timeoutSeconds = apiTimeoutSeconds;

/** The name is the same in each region: a stream of another region reads missed events here. */
export const recentTableName = "godwit-recent-events";

/** The calls, tests and streams that users run in a region. */
export const slotsTableName = "godwit-places";

const devicesOfToken = "The token decides which devices the function reaches.";
const devicesOfRows = "The rows of a product's devices decide which devices the function reaches.";

interface ServiceOptions {
  readonly tables: GlobalTables;
  /** Counts failed log-ins. */
  readonly rateLimits: ITableV2;
  /** Whether anyone may sign up. */
  readonly openSignUp: boolean;
  /** Absent when Godwit sends no mails. */
  readonly mail: Mail | undefined;
  readonly recent: ITableV2;
  /** Concurrency slots of users. */
  readonly slots: ITableV2;
  /** Its queues of events, and of records for the ledger, which counts calls. */
  readonly pipeline: Pipeline;
  /** Drives replays. */
  readonly jobs: IQueue;
  readonly archive: Archive;
  readonly firmwareImages: FirmwareImages;
  readonly secrets: SecretsKey;
  readonly pages: Pages;
  /** The IoT policy of every device certificate. */
  readonly policy: CfnPolicy;
  readonly regions: readonly string[];
  /** Validity of a new device certificate, in days; 0 means that it does not expire. */
  readonly certificateDays: number;
}

/** The functions behind the REST API, which has its own stack. */
export class Service extends Construct {
  readonly answers: Answers;
  private readonly tables: GlobalTables;
  private readonly rateLimits: ITableV2;
  private readonly openSignUp: boolean;
  private readonly mail: Mail | undefined;
  private readonly recent: ITableV2;
  private readonly slots: ITableV2;
  private readonly events: IQueue;
  private readonly jobs: IQueue;
  private readonly records: IQueue;
  private readonly archive: Archive;
  private readonly firmwareImages: FirmwareImages;
  /** Has the heartbeat profiles of devices. */
  private readonly recordsBucket: IBucket;
  private readonly secrets: SecretsKey;
  private readonly pages: Pages;
  private readonly policy: CfnPolicy;
  private readonly regions: readonly string[];
  private readonly certificateDays: number;

  constructor(scope: Construct, id: string, options: ServiceOptions) {
    super(scope, id);
    this.tables = options.tables;
    this.rateLimits = options.rateLimits;
    this.openSignUp = options.openSignUp;
    this.mail = options.mail;
    this.recent = options.recent;
    this.slots = options.slots;
    this.events = options.pipeline.events.queue;
    this.jobs = options.jobs;
    this.records = options.pipeline.records.queue.queue;
    this.archive = options.archive;
    this.firmwareImages = options.firmwareImages;
    this.recordsBucket = options.pipeline.records.bucket;
    this.secrets = options.secrets;
    this.pages = options.pages;
    this.policy = options.policy;
    this.regions = options.regions;
    this.certificateDays = options.certificateDays;
    this.answers = {
      accounts: this.accounts(),
      products: this.products(),
      devices: this.devices(),
      firmware: this.firmware(),
      firmwareBinary: this.firmwareBinary(),
      releaseApi: this.releaseApi(),
      call: this.call(),
      publish: this.publish(),
      stream: this.stream(),
      integrations: this.integrations(),
      deadLetters: this.deadLettersOfIntegrations(),
      jobs: this.jobsOfIntegrations(),
      archiveSettings: this.archiveSettings(),
      previews: this.previews(),
      health: this.health(),
      console: this.console(),
      contract: this.contract(),
      incidents: this.incidents(),
      subscriptions: this.subscriptions(),
      pages: this.pagesOfOperators(),
    };
  }

  private accounts(): IFunction {
    const { tables, pages, rateLimits, openSignUp, mail, secrets } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      OPERATIONS_TABLE: tables.operations.tableName,
      DEVICES_TABLE: tables.devices.tableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      ...secrets.environment,
      OPEN_SIGN_UP: openSignUp ? ("allowed" as const) : ("refused" as const),
      ...mail?.environment,
    };
    const accounts = fn(this, "accounts", { environment, timeoutSeconds, pages });
    this.allowRecording(accounts);
    tables.accounts.grant(accounts, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem");
    allowIndex(accounts, tables.accounts, globalTableIndexes.accounts);
    rateLimits.grant(accounts, "dynamodb:DeleteItem");
    // One-time tokens: the region that made one decides which use is the first.
    tables.accounts.grantAnywhere(accounts, "dynamodb:DeleteItem");
    // Checks what a user still owns before the removal.
    allowIndex(accounts, tables.devices, globalTableIndexes.devices);
    tables.integrations.grant(accounts, "dynamodb:Query");
    tables.operations.grant(accounts, "dynamodb:DeleteItem");
    // Lists the audit log.
    tables.audit.grant(accounts, "dynamodb:Query");
    // Secrets of second factors.
    secrets.allowSeal(accounts);
    mail?.allowOrder(accounts);
    return accounts;
  }

  private products(): IFunction {
    const { tables, pages, policy, mail, regions } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      OPERATIONS_TABLE: tables.operations.tableName,
      DEVICES_TABLE: tables.devices.tableName,
      REPLIES_TABLE: repliesTableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
      FIRMWARE_TABLE: tables.firmware.tableName,
      ...this.firmwareImages.environment,
      DEVICE_POLICY: policy.ref,
      REGIONS: regions.join(),
      ...mail?.environment,
    };
    const products = fn(this, "products", { environment, timeoutSeconds, pages });
    this.allowRecording(products);
    tables.accounts.grant(
      products,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    );
    allowIndex(products, tables.accounts, globalTableIndexes.accounts);
    // The contacts of a removed product.
    tables.operations.grant(products, "dynamodb:Query", "dynamodb:DeleteItem");
    this.emptyFleets(products);
    mail?.allowOrder(products);
    return products;
  }

  /**
   * Lets a function empty a product: it removes the devices from the product and deletes
   * integrations and dead letters.
   */
  private emptyFleets(worker: IFunction): void {
    const { tables, regions } = this;
    tables.devices.grant(
      worker,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
      // Claim certificates of a product.
      "dynamodb:Query",
    );
    allowIndex(worker, tables.devices, globalTableIndexes.devices);
    allowRemoval(worker, tables, this.firmwareImages);
    // Counts the changes of fleets' routing.
    tables.integrations.grant(worker, "dynamodb:UpdateItem");
    allowIot(worker, ["iot:UpdateThing"], ["thing/*"], devicesOfRows, regions);
    allowIot(
      worker,
      ["iot:SendDirectMessage", "iot:DeleteConnection"],
      ["client/*"],
      devicesOfRows,
      regions,
    );
  }

  private devices(): IFunction {
    const { tables, pages, policy, regions, recordsBucket } = this;
    const environment = {
      RECORDS_BUCKET: recordsBucket.bucketName,
      ...this.toDevices(),
      ...this.recording(),
      FIRMWARE_TABLE: tables.firmware.tableName,
      ...this.slotsEnvironment(),
      DEVICE_POLICY: policy.ref,
      BROKER_CA: "amazon",
      CERTIFICATE_DAYS: String(this.certificateDays),
    };
    const devices = fn(this, "devices", { environment, timeoutSeconds, pages });
    this.allowRecording(devices);
    this.reachDevices(devices, ["iot:GetConnection", "iot:DeleteConnection"]);
    this.allowSlots(devices);
    tables.devices.grant(
      devices,
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
      "dynamodb:BatchGetItem",
    );
    // Recoveries of sessions, and the history of presence.
    tables.sessions.grant(devices, "dynamodb:Query");
    // Groups of devices, their vitals, and the firmware versions of products.
    tables.firmware.grant(
      devices,
      "dynamodb:Query",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
    );
    const profiles = [recordsBucket.arnForObjects("rhythms/*")];
    allow(devices, ["s3:GetObject"], profiles, "Heartbeat profiles are several objects.");
    // Without it, S3 answers 403 for an object that does not exist.
    allow(devices, ["s3:ListBucket"], [recordsBucket.bucketArn]);
    allowProvisioning(devices, regions);
    allowIot(devices, ["iot:UpdateThing"], ["thing/*"], devicesOfToken);
    allowAligning(devices, regions);
    return devices;
  }

  private firmware(): IFunction {
    const { tables, pages, firmwareImages } = this;
    const environment = { ...firmwareImages.environment, ...this.firmwareOfDevices() };
    const firmware = fn(this, "firmware", { environment, timeoutSeconds, pages });
    this.allowRecording(firmware);
    tables.accounts.grant(firmware, "dynamodb:GetItem");
    tables.firmware.grant(
      firmware,
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
    );
    firmwareImages.allowWrite(firmware);
    firmwareImages.allowDelete(firmware);
    // The devices that run a version.
    tables.devices.grant(firmware, "dynamodb:GetItem", "dynamodb:BatchGetItem");
    allowIndex(firmware, tables.devices, globalTableIndexes.devices);
    tables.sessions.grant(firmware, "dynamodb:BatchGetItem");
    allowIot(firmware, ["iot:Publish"], ["topic/events/*"], "The token names the fleet.");
    return firmware;
  }

  /** The variables of a function that reads the firmware of a product and of its devices. */
  private firmwareOfDevices() {
    const { tables, regions } = this;
    return {
      FIRMWARE_TABLE: tables.firmware.tableName,
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      DEVICES_TABLE: tables.devices.tableName,
      SESSIONS_TABLE: tables.sessions.tableName,
      REGIONS: regions.join(),
    };
  }

  private releaseApi(): IFunction {
    const { tables, pages } = this;
    const environment = this.firmwareOfDevices();
    const releases = fn(this, "releaseApi", { environment, timeoutSeconds, pages });
    this.allowRecording(releases);
    tables.accounts.grant(releases, "dynamodb:GetItem");
    tables.firmware.grant(releases, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem");
    // The devices of a release, and the firmware that they run.
    tables.devices.grant(releases, "dynamodb:BatchGetItem");
    allowIndex(releases, tables.devices, globalTableIndexes.devices);
    tables.sessions.grant(releases, "dynamodb:BatchGetItem");
    return releases;
  }

  /** A function of its own: it streams its replies. */
  private firmwareBinary(): IFunction {
    const { tables, pages, regions, firmwareImages } = this;
    const environment = {
      ...firmwareImages.environment,
      FIRMWARE_TABLE: tables.firmware.tableName,
      ACCOUNTS_TABLE: tables.accounts.tableName,
      REGIONS: regions.join(),
    };
    const binary = fn(this, "firmwareBinary", { environment, timeoutSeconds, pages });
    tables.accounts.grant(binary, "dynamodb:GetItem");
    tables.firmware.grant(binary, "dynamodb:GetItem");
    firmwareImages.allowRead(binary);
    return binary;
  }

  private call(): IFunction {
    const { pages } = this;
    const call = fn(this, "call", {
      environment: {
        ...this.toDevices(),
        ...this.slotsEnvironment(),
        LEDGER_TABLE: this.tables.ledger.tableName,
        RECORDS_QUEUE_URL: this.records.queueUrl,
      },
      timeoutSeconds,
      pages,
    });
    this.reachDevices(call, ["iot:GetConnection"]);
    // Counts calls.
    this.tables.ledger.grant(call, "dynamodb:UpdateItem");
    this.records.grant(call, "sqs:SendMessage");
    this.allowSlots(call);
    allow(call, ["dynamodb:GetItem"], this.everywhere(repliesTableName));
    return call;
  }

  /** The audit log, and the counts of failed changes, which limit its entries. */
  private recording() {
    return {
      AUDIT_TABLE: this.tables.audit.tableName,
      RATE_LIMITS_TABLE: this.rateLimits.tableName,
    };
  }

  private allowRecording(worker: IFunction): void {
    allowRecording(worker, this.tables);
    this.rateLimits.grant(worker, "dynamodb:GetItem", "dynamodb:UpdateItem");
  }

  private slotsEnvironment() {
    const SLOT_LIMITS = JSON.stringify(sizeOf(this).slots);
    return { SLOTS_TABLE: this.slots.tableName, SLOT_LIMITS };
  }

  private allowSlots(worker: IFunction): void {
    this.slots.grant(worker, "dynamodb:GetItem", "dynamodb:UpdateItem");
  }

  /** The ARNs of a table in all regions. */
  private everywhere(table: string): string[] {
    const { partition, account } = Stack.of(this);
    return this.regions.map(
      (region) => `arn:${partition}:dynamodb:${region}:${account}:table/${table}`,
    );
  }

  private toDevices() {
    const { tables, regions } = this;
    return {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      DEVICES_TABLE: tables.devices.tableName,
      SESSIONS_TABLE: tables.sessions.tableName,
      REPLIES_TABLE: repliesTableName,
      REGIONS: regions.join(),
    };
  }

  /** Lets a function authenticate callers and find their devices by id or name. */
  private allowFindDevice(worker: IFunction): void {
    const { accounts, devices } = this.tables;
    accounts.grant(worker, "dynamodb:GetItem");
    devices.grant(worker, "dynamodb:GetItem");
    allowIndex(worker, devices, globalTableIndexes.devices);
  }

  /** Lets a function find devices and send messages to them in every region. */
  private reachDevices(worker: IFunction, more: readonly `iot:${string}`[]): void {
    const { tables, regions } = this;
    this.allowFindDevice(worker);
    tables.sessions.grant(worker, "dynamodb:BatchGetItem");
    const { partition, account } = Stack.of(this);
    const clients = regions.map((region) => `arn:${partition}:iot:${region}:${account}:client/*`);
    allow(worker, ["iot:SendDirectMessage", ...more], clients, devicesOfToken);
  }

  private publish(): IFunction {
    const { tables, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      REGIONS: this.regions.join(),
    };
    const publish = fn(this, "publish", { environment, timeoutSeconds, pages });
    tables.accounts.grant(publish, "dynamodb:GetItem");
    allowIot(publish, ["iot:Publish"], ["topic/events/*"], "The token names the fleet.");
    return publish;
  }

  private stream(): IFunction {
    const { tables, pages, regions } = this;
    const stream = fn(this, "stream", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        DEVICES_TABLE: tables.devices.tableName,
        INTEGRATIONS_TABLE: tables.integrations.tableName,
        RECENT_TABLE: recentTableName,
        ...this.slotsEnvironment(),
        STREAM_SECONDS: String(streamLifeSeconds),
        REGIONS: regions.join(),
      },
      timeoutSeconds: streamTimeoutSeconds,
      memory: streamMemoryMiB,
      pages,
    });
    this.allowFindDevice(stream);
    // The row with the listeners of a fleet.
    tables.integrations.grant(stream, "dynamodb:GetItem", "dynamodb:UpdateItem");
    allow(stream, ["dynamodb:Query"], this.everywhere(recentTableName));
    this.allowSlots(stream);
    const perStream = "Each stream is a client of its own; the token names the fleet.";
    allowIot(stream, ["iot:Connect"], ["client/stream-*"], perStream, regions);
    allowIot(
      stream,
      ["iot:Subscribe"],
      ["topicfilter/events/*", "topicfilter/stamps/*"],
      perStream,
      regions,
    );
    allowIot(stream, ["iot:Receive"], ["topic/events/*", "topic/stamps/*"], perStream, regions);
    return stream;
  }

  private integrations(): IFunction {
    const { tables, secrets, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      DEVICES_TABLE: tables.devices.tableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      LEDGER_TABLE: tables.ledger.tableName,
      ...this.slotsEnvironment(),
      ...secrets.environment,
    };
    const integrations = fn(this, "integrations", { environment, timeoutSeconds, pages });
    this.allowRecording(integrations);
    // For series of a whole fleet.
    this.allowSlots(integrations);
    this.allowFindDevice(integrations);
    tables.integrations.grant(
      integrations,
      "dynamodb:Query",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:DeleteItem",
    );
    tables.ledger.grant(integrations, "dynamodb:Query");
    secrets.allowSeal(integrations);
    return integrations;
  }

  private deadLettersOfIntegrations(): IFunction {
    const { tables, regions, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      DEVICES_TABLE: tables.devices.tableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
      REGIONS: regions.join(),
    };
    const deadLetters = fn(this, "deadLetters", { environment, timeoutSeconds, pages });
    this.allowRecording(deadLetters);
    this.allowFindDevice(deadLetters);
    tables.integrations.grant(deadLetters, "dynamodb:GetItem");
    tables.deadLetters.grant(deadLetters, "dynamodb:Query", "dynamodb:BatchWriteItem");
    return deadLetters;
  }

  private jobsOfIntegrations(): IFunction {
    const { tables, jobs: queue, archive, regions, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      DEVICES_TABLE: tables.devices.tableName,
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      DEAD_LETTERS_TABLE: tables.deadLetters.tableName,
      JOBS_QUEUE_URL: queue.queueUrl,
      ARCHIVE_BUCKET: archive.bucket.bucketName,
      REGIONS: regions.join(),
    };
    const jobs = fn(this, "jobs", { environment, timeoutSeconds, pages });
    this.allowRecording(jobs);
    this.allowFindDevice(jobs);
    // Reads an integration and the archive setting of the fleet.
    tables.integrations.grant(jobs, "dynamodb:GetItem");
    // The same table stores jobs.
    tables.deadLetters.grant(jobs, "dynamodb:Query", "dynamodb:PutItem");
    archive.allowRead(jobs);
    queue.grant(jobs, "sqs:SendMessage");
    return jobs;
  }

  private archiveSettings(): IFunction {
    const { tables, regions, pages } = this;
    const environment = {
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      INTEGRATIONS_TABLE: tables.integrations.tableName,
      REGIONS: regions.join(),
    };
    const settings = fn(this, "archiveSettings", { environment, timeoutSeconds, pages });
    this.allowRecording(settings);
    tables.accounts.grant(settings, "dynamodb:GetItem");
    tables.integrations.grant(
      settings,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
    );
    return settings;
  }

  private incidents(): IFunction {
    const { tables, regions, pages } = this;
    const incidents = fn(this, "incidents", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        ...this.recording(),
        OPERATIONS_TABLE: tables.operations.tableName,
        ...concernTables(tables),
        REGIONS: regions.join(),
      },
      timeoutSeconds,
      pages,
    });
    this.allowRecording(incidents);
    tables.accounts.grant(incidents, "dynamodb:GetItem");
    tables.operations.grant(incidents, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem");
    allowConcerns(incidents, tables);
    return incidents;
  }

  private subscriptions(): IFunction {
    const { tables, regions, secrets, mail, pages } = this;
    const subscriptions = fn(this, "subscriptions", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        ...this.recording(),
        OPERATIONS_TABLE: tables.operations.tableName,
        REGIONS: regions.join(),
        SECRETS_KEY: secrets.environment.SECRETS_KEY,
        ...mail?.environment,
      },
      timeoutSeconds,
      pages,
    });
    this.allowRecording(subscriptions);
    tables.accounts.grant(subscriptions, "dynamodb:GetItem");
    tables.operations.grant(
      subscriptions,
      "dynamodb:GetItem",
      "dynamodb:Query",
      "dynamodb:PutItem",
      "dynamodb:DeleteItem",
    );
    secrets.allowSeal(subscriptions);
    mail?.allowOrder(subscriptions);
    return subscriptions;
  }

  /** A function of its own: a test takes as long as its target. */
  private previews(): IFunction {
    const { tables, recent, archive, secrets, pages } = this;
    const previews = fn(this, "previews", {
      environment: {
        ACCOUNTS_TABLE: tables.accounts.tableName,
        DEVICES_TABLE: tables.devices.tableName,
        SESSIONS_TABLE: tables.sessions.tableName,
        INTEGRATIONS_TABLE: tables.integrations.tableName,
        RECENT_TABLE: recent.tableName,
        ...this.slotsEnvironment(),
        ARCHIVE_BUCKET: archive.bucket.bucketName,
        PRIVATE_TARGETS: "refused" as const,
        ...secrets.environment,
      },
      timeoutSeconds,
      pages,
    });
    this.allowFindDevice(previews);
    tables.sessions.grant(previews, "dynamodb:BatchGetItem");
    tables.integrations.grant(previews, "dynamodb:GetItem", "dynamodb:UpdateItem");
    archive.allowRead(previews);
    recent.grant(previews, "dynamodb:Query");
    secrets.allowOpen(previews);
    this.allowSlots(previews);
    return previews;
  }

  /** Pages and the state of the deployment, for operators, and the links of self-tests. */
  private pagesOfOperators(): IFunction {
    const { tables, pages } = this;
    const environment = {
      REGIONS: this.regions.join(),
      ACCOUNTS_TABLE: tables.accounts.tableName,
      ...this.recording(),
      OPERATIONS_TABLE: tables.operations.tableName,
    };
    const made = fn(this, "pages", { environment, timeoutSeconds, pages });
    this.allowRecording(made);
    tables.accounts.grant(made, "dynamodb:GetItem");
    tables.operations.grant(
      made,
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:UpdateItem",
      "dynamodb:Query",
    );
    allowMonitoring(made, this.regions);
    return made;
  }

  /** Files only: the console calls the API as the user of the browser. */
  private console(): IFunction {
    return fn(this, "console", { environment: {}, timeoutSeconds, pages: this.pages });
  }

  /**
   * It checks resources of this region only: a shared resource would make all regions unhealthy at
   * once.
   */
  private health(): IFunction {
    const { events, pages } = this;
    const environment = { EVENTS_QUEUE_URL: events.queueUrl };
    const health = fn(this, "health", { environment, timeoutSeconds, pages });
    events.grant(health, "sqs:GetQueueAttributes");
    allowIot(health, ["iot:Publish"], ["topic/health"]);
    return health;
  }
  /**
   * The documents of the API. A function of its own, because it contains every route, and other
   * functions would start more slowly with them.
   */
  private contract(): IFunction {
    return fn(this, "contract", { environment: {}, timeoutSeconds, pages: this.pages });
  }
}
