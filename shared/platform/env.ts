import * as z from "zod/mini";
import { parseJson } from "./parseJson.ts";
import { slotLimits } from "./slotLimits.ts";

const table = z.string().check(z.minLength(3));
const queueUrl = z.url();
const bucket = z.string().check(z.minLength(3));

const region = z.string().check(z.minLength(1));
/** All regions of the deployment, separated by commas. */
const regions = z.pipe(
  z.string().check(z.minLength(1)),
  z.transform((list: string) => list.split(",")),
);
/** Values separated by commas; empty for none. */
const list = z.pipe(
  z.string(),
  z.transform((values: string) => (values === "" ? [] : values.split(","))),
);
/** A variable that is empty without a value: CloudFormation has no absent ones. */
const optionalText = z.pipe(
  z.string(),
  z.transform((text: string) => text || undefined),
);
/** The alias of the KMS key that encrypts secrets, the same in every region. */
const secretsKey = z.string().check(z.startsWith("alias/"));
/** The IoT policy of device certificates. */
const devicePolicy = z.string().check(z.minLength(1));
/** The IoT policy of claim certificates. */
const claimPolicy = z.string().check(z.minLength(1));
/** `amazon`, or, on one machine, the CA certificate (PEM) of the broker. */
const brokerCa = z.string().check(z.minLength(1));

/** `amazon`, or, on one machine, the URL of S3 with TLS from which devices download images. */
const imagesEndpoint = z.string().check(z.minLength(1));

/** Validity of a new certificate in days; 0 means that it does not expire. */
const certificateDays = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((days: string) => Number(days) || undefined),
);

/** Lifetime of an event stream. */
const streamSeconds = z.pipe(
  z.string().check(z.regex(/^[1-9]\d*$/)),
  z.transform((seconds: string) => Number(seconds)),
);

/** `allowed` permits requests to private and loopback addresses. Only for one machine. */
const privateTargets = z.enum(["refused", "allowed"]);

/**
 * The regions with replicas of the global tables. If a read in this region fails, another region is
 * read.
 */
const globalTables = { REGIONS: regions, AWS_REGION: region };

/**
 * The firmware of products: its table, and the name of the buckets of images without the region.
 */
const firmwareImages = {
  ...globalTables,
  FIRMWARE_TABLE: table,
  FIRMWARE_BUCKET_PREFIX: z.string().check(z.minLength(1)),
};

/** The concurrency slots of users: their table, and their limits in JSON. */
const concurrencySlots = {
  SLOTS_TABLE: table,
  get SLOT_LIMITS() {
    return z.pipe(z.pipe(z.string(), z.transform(parseJson)), slotLimits);
  },
};

/** The tables that count the deliveries and the devices of a fleet. */
const concernTables = {
  INTEGRATIONS_TABLE: table,
  LEDGER_TABLE: table,
  DEVICES_TABLE: table,
  SESSIONS_TABLE: table,
};

/** The audit log, and the counts of the failed changes that limit its entries. */
const recording = { AUDIT_TABLE: table, RATE_LIMITS_TABLE: table };

/** The table with the lease of a scheduled function, which prevents concurrent runs. */
const runLeases = { SLOTS_TABLE: table };

/** The queue of mails; absent if this deployment sends none. */
const mailQueue = { MAIL_QUEUE_URL: z.optional(queueUrl) };

/** Settings to find devices and send messages to them, in any region. */
const deviceLinks = {
  DEVICES_TABLE: table,
  SESSIONS_TABLE: table,
  REPLIES_TABLE: table,
  REGIONS: regions,
  AWS_REGION: region,
};

/**
 * The environment variables of each function. The templates must define them (otherwise `infra`
 * does not compile), and the function parses them once, at startup. Each property builds its schema
 * when it is read: a function would otherwise build those of all functions.
 */
export const env = {
  get route() {
    return z.object({
      ...globalTables,
      INTEGRATIONS_TABLE: table,
      SEEN_TABLE: table,
      RECENT_TABLE: table,
      SESSIONS_TABLE: table,
      AWS_REGION: region,
      DELIVERIES_QUEUE_URL: queueUrl,
      SLOW_LANE_QUEUE_URL: queueUrl,
      RECORDS_QUEUE_URL: queueUrl,
      ARCHIVE_QUEUE_URL: queueUrl,
      PRESENCE_QUEUE_URL: queueUrl,
      /** Dead-letter queue for messages that are not valid events. */
      EVENTS_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get deliver() {
    return z.object({
      /** For integrations that are disabled automatically. */
      AUDIT_TABLE: table,
      INTEGRATIONS_TABLE: table,
      /** For the firmware versions of devices. */
      SESSIONS_TABLE: table,
      DEAD_LETTERS_TABLE: table,
      AWS_REGION: region,
      WAITING_TABLE: table,
      /** Counts the attempts at recovering targets. */
      RATE_LIMITS_TABLE: table,
      DELIVERIES_QUEUE_URL: queueUrl,
      SLOW_LANE_QUEUE_URL: queueUrl,
      RECORDS_QUEUE_URL: queueUrl,
      SECRETS_KEY: secretsKey,
      REGIONS: regions,
      /** Dead-letter queue for messages that are not valid deliveries. */
      DELIVERIES_DEAD_LETTERS_URL: queueUrl,
      PRIVATE_TARGETS: privateTargets,
    });
  },
  get storeDeadLetters() {
    return z.object({
      ...globalTables,
      DEAD_LETTERS_TABLE: table,
      RECORDS_QUEUE_URL: queueUrl,
    });
  },
  get requeue() {
    return z.object({
      ...runLeases,
      WAITING_TABLE: table,
      DELIVERIES_QUEUE_URL: queueUrl,
      /** Dead-letter queue for rows that are not valid deliveries. */
      DELIVERIES_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get record() {
    return z.object({
      RECORDS_BUCKET: bucket,
      LEDGER_TABLE: table,
      AWS_REGION: region,
      /** Dead-letter queue for messages that are not valid records. */
      RECORDS_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get ledger() {
    return z.object({
      ...globalTables,
      ...runLeases,
      ...mailQueue,
      RECORDS_BUCKET: bucket,
      LEDGER_TABLE: table,
      /** The limits of usage, and which are reached. */
      INTEGRATIONS_TABLE: table,
    });
  },
  get archive() {
    return z.object({
      ARCHIVE_BUCKET: bucket,
      /** Dead-letter queue for messages without valid events. */
      ARCHIVE_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get runJob() {
    return z.object({
      ARCHIVE_BUCKET: bucket,
      INTEGRATIONS_TABLE: table,
      DEAD_LETTERS_TABLE: table,
      DELIVERIES_QUEUE_URL: queueUrl,
      JOBS_QUEUE_URL: queueUrl,
      RECORDS_QUEUE_URL: queueUrl,
      /** Dead-letter queue for messages that name no job. */
      JOBS_DEAD_LETTERS_URL: queueUrl,
      AWS_REGION: region,
    });
  },
  get recover() {
    return z.object({
      ...runLeases,
      FAILED_EVENTS_BUCKET: bucket,
      EVENTS_QUEUE_URL: queueUrl,
      PRESENCE_QUEUE_URL: queueUrl,
      UPDATES_QUEUE_URL: queueUrl,
    });
  },
  get updates() {
    return z.object({
      ...deviceLinks,
      FIRMWARE_TABLE: table,
      /** The name of the bucket of images without its region. */
      FIRMWARE_BUCKET_PREFIX: bucket,
      IMAGES_ENDPOINT: imagesEndpoint,
      /** Dead-letter queue for messages that are not about updates. */
      UPDATES_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get presence() {
    return z.object({
      ...deviceLinks,
      /** Vitals and releases. */
      FIRMWARE_TABLE: table,
      UPDATES_QUEUE_URL: queueUrl,
      DEVICE_POLICY: devicePolicy,
      CERTIFICATE_DAYS: certificateDays,
      /** Dead-letter queue for messages that cannot be parsed. */
      PRESENCE_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get watch() {
    return z.object({
      ...runLeases,
      ...deviceLinks,
      RECORDS_BUCKET: bucket,
    });
  },
  get pages() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      OPERATIONS_TABLE: table,
    });
  },
  get watcher() {
    return z.object({
      ...globalTables,
      OPERATIONS_TABLE: table,
      /** The stacks of the watched region, separated by commas. */
      WATCHED_STACKS: z.string(),
      /** The stack with the alarms of the domain name, if no watcher watches its region. */
      EDGE_STACK: z.optional(z.string()),
      EDGE_REGION: z.optional(z.string()),
      /** The setting `pageReceivers`, in JSON. */
      PAGE_RECEIVERS: z.string(),
      /** The articles of alarms whose group pages instead of them, separated by commas. */
      GROUPED_ARTICLES: z.string(),
      /** The ways of pages that are configured, separated by commas; empty: no self-tests. */
      SELF_TEST_WAYS: z.string(),
      /** The name of the alarm of self-tests. */
      SELF_TEST_ALARM: z.string(),
      SILENCE_ALARM: z.string(),
      PROBLEM_ALARM: z.string(),
      /** The URL of the REST API, for the links of self-tests. */
      API_URL: z.url(),
      /** The sender of pages by mail. */
      MAIL_FROM: z.optional(z.email()),
      /** The URL of docs/runbook.md, for links in pages. */
      RUNBOOK_URL: z.optional(z.url()),
      /** The parameter in Systems Manager with the URL that receives a ping for each run. */
      HEARTBEAT_URL_PARAMETER: z.optional(z.string()),
      PRIVATE_TARGETS: privateTargets,
    });
  },
  get canary() {
    return z.object({
      ...runLeases,
      OPERATIONS_TABLE: table,
      /** The function that creates the canary's user and device. */
      ADMIN_FUNCTION: z.string().check(z.minLength(1)),
      /** The REST API of this region. */
      API_URL: z.url(),
      BROKER_CA: brokerCa,
      SECRETS_KEY: secretsKey,
      /** The checks of each run, separated by commas. */
      CHECKS: z.pipe(
        z.string(),
        z.transform((list: string) => list.split(",")),
      ),
      REGIONS: regions,
      AWS_REGION: region,
    });
  },
  get status() {
    return z.object({
      ...runLeases,
      ...globalTables,
      OPERATIONS_TABLE: table,
      STATUS_BUCKET: bucket,
      STATUS_TITLE: z.string().check(z.minLength(1)),
      /** The public address of the page, without a slash at its end; absent without one. */
      STATUS_URL: z.optional(z.url()),
      /** Empty without one. */
      STATUS_SUPPORT_URL: optionalText,
      /** The route that accepts subscriptions; empty for a page without a form. */
      STATUS_SUBSCRIBE_URL: optionalText,
      /** The addresses of the page from other regions, separated by commas. */
      STATUS_OTHER_URLS: list,
    });
  },
  get admit() {
    return z.object({
      AUDIT_TABLE: table,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      AWS_REGION: region,
      REGIONS: regions,
      CERTIFICATE_DAYS: certificateDays,
    });
  },
  get admin() {
    return z.object({
      AUDIT_TABLE: table,
      /** Groups and firmware of a removed product. */
      ...firmwareImages,
      CLAIM_POLICY: claimPolicy,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      REPLIES_TABLE: table,
      INTEGRATIONS_TABLE: table,
      /** Incidents, and the contacts of removed users and products. */
      OPERATIONS_TABLE: table,
      DEAD_LETTERS_TABLE: table,
      SECRETS_KEY: secretsKey,
      DEVICE_POLICY: devicePolicy,
      BROKER_CA: brokerCa,
      CERTIFICATE_DAYS: certificateDays,
      REGIONS: regions,
      AWS_REGION: region,
    });
  },
  get provision() {
    return z.object({
      ...runLeases,
      DEVICES_TABLE: table,
      REPLIES_TABLE: table,
      DEVICE_POLICY: devicePolicy,
      CLAIM_POLICY: claimPolicy,
      AWS_REGION: region,
    });
  },
  get accounts() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      /** The subscription of a removed user. */
      OPERATIONS_TABLE: table,
      /** For the removal of the user's own account, which requires that nothing is left. */
      DEVICES_TABLE: table,
      INTEGRATIONS_TABLE: table,
      SECRETS_KEY: secretsKey,
      /** `allowed` permits sign-ups by anyone. */
      OPEN_SIGN_UP: z.enum(["refused", "allowed"]),
      ...mailQueue,
    });
  },
  get mail() {
    return z.object({
      ...globalTables,
      ACCOUNTS_TABLE: table,
      /** Subscriptions that await a confirmation. */
      OPERATIONS_TABLE: table,
      /** Rate limits of mails. */
      RATE_LIMITS_TABLE: table,
      /** The sender of every mail. */
      MAIL_FROM: z.email(),
      /** The name of the deployment for customers. */
      STATUS_TITLE: z.string().check(z.minLength(1)),
      /**
       * Dead-letter queue for messages that are not valid mails, and for mails that the service
       * rejects.
       */
      MAIL_DEAD_LETTERS_URL: queueUrl,
    });
  },
  get products() {
    return z.object({
      ...recording,
      /** Groups and firmware of a removed product. */
      ...firmwareImages,
      ACCOUNTS_TABLE: table,
      /** For the removal of a product with its resources. */
      OPERATIONS_TABLE: table,
      DEVICES_TABLE: table,
      REPLIES_TABLE: table,
      INTEGRATIONS_TABLE: table,
      DEAD_LETTERS_TABLE: table,
      DEVICE_POLICY: devicePolicy,
      ...mailQueue,
    });
  },
  get devices() {
    return z.object({
      /** For heartbeat profiles. */
      RECORDS_BUCKET: bucket,
      ...recording,
      /** Groups, vitals, and the firmware of products. */
      FIRMWARE_TABLE: table,
      ...deviceLinks,
      ACCOUNTS_TABLE: table,
      ...concurrencySlots,
      DEVICE_POLICY: devicePolicy,
      BROKER_CA: brokerCa,
      CERTIFICATE_DAYS: certificateDays,
    });
  },
  get firmware() {
    return z.object({
      ...recording,
      ...firmwareImages,
      ACCOUNTS_TABLE: table,
      /** For the number of devices that run a version. */
      DEVICES_TABLE: table,
      SESSIONS_TABLE: table,
    });
  },
  get releases() {
    return z.object({
      ...runLeases,
      ...deviceLinks,
      FIRMWARE_TABLE: table,
      /** The name of the bucket of images without its region. */
      FIRMWARE_BUCKET_PREFIX: bucket,
      IMAGES_ENDPOINT: imagesEndpoint,
      /** The heartbeat profiles of devices. */
      RECORDS_BUCKET: bucket,
      /** The calls of devices. */
      LEDGER_TABLE: table,
    });
  },
  get releaseApi() {
    return z.object({
      ...recording,
      ...globalTables,
      FIRMWARE_TABLE: table,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      SESSIONS_TABLE: table,
    });
  },
  get firmwareBinary() {
    return z.object({ ...firmwareImages, ACCOUNTS_TABLE: table });
  },
  get call() {
    return z.object({
      ...deviceLinks,
      ...concurrencySlots,
      ACCOUNTS_TABLE: table,
      LEDGER_TABLE: table,
      RECORDS_QUEUE_URL: queueUrl,
    });
  },
  get publish() {
    return z.object({ ...globalTables, ACCOUNTS_TABLE: table });
  },
  get stream() {
    return z.object({
      ...globalTables,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      /** Stores which fleets have listeners. */
      INTEGRATIONS_TABLE: table,
      RECENT_TABLE: table,
      ...concurrencySlots,
      STREAM_SECONDS: streamSeconds,
    });
  },
  get console() {
    return z.object({});
  },
  get health() {
    return z.object({ EVENTS_QUEUE_URL: queueUrl, AWS_REGION: region });
  },
  get integrations() {
    return z.object({
      ...concurrencySlots,
      ...recording,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      INTEGRATIONS_TABLE: table,
      LEDGER_TABLE: table,
      SECRETS_KEY: secretsKey,
      REGIONS: regions,
      AWS_REGION: region,
    });
  },
  get deadLetters() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      INTEGRATIONS_TABLE: table,
      DEAD_LETTERS_TABLE: table,
    });
  },
  get jobs() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      INTEGRATIONS_TABLE: table,
      DEAD_LETTERS_TABLE: table,
      JOBS_QUEUE_URL: queueUrl,
      ARCHIVE_BUCKET: bucket,
    });
  },
  get contract() {
    return z.object({});
  },
  get archiveSettings() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      /** Holds the archive setting of each fleet. */
      INTEGRATIONS_TABLE: table,
    });
  },
  get incidents() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      OPERATIONS_TABLE: table,
      ...concernTables,
    });
  },
  get subscriptions() {
    return z.object({
      ...recording,
      ...globalTables,
      ACCOUNTS_TABLE: table,
      OPERATIONS_TABLE: table,
      /** Encrypts the keys of links and signatures. */
      SECRETS_KEY: secretsKey,
      ...mailQueue,
    });
  },
  get notify() {
    return z.object({
      ...globalTables,
      ...runLeases,
      ACCOUNTS_TABLE: table,
      OPERATIONS_TABLE: table,
      ...concernTables,
      STATUS_TITLE: z.string().check(z.minLength(1)),
      /** The public address of the status page, without a slash at its end; absent without one. */
      STATUS_URL: z.optional(z.url()),
      SECRETS_KEY: secretsKey,
      /** The sender of mails; absent if this deployment sends none. */
      MAIL_FROM: z.optional(z.email()),
      /** For webhooks, as for deliveries. */
      PRIVATE_TARGETS: privateTargets,
    });
  },
  get previews() {
    return z.object({
      ACCOUNTS_TABLE: table,
      DEVICES_TABLE: table,
      SESSIONS_TABLE: table,
      INTEGRATIONS_TABLE: table,
      RECENT_TABLE: table,
      ...concurrencySlots,
      ARCHIVE_BUCKET: bucket,
      /** For tests of integrations, as for deliveries. */
      PRIVATE_TARGETS: privateTargets,
      SECRETS_KEY: secretsKey,
      REGIONS: regions,
      AWS_REGION: region,
    });
  },
};

export type FunctionName = keyof typeof env;

/** The variables that the templates define: all except those that Lambda sets. */
export type Env<Name extends FunctionName> = Omit<z.input<(typeof env)[Name]>, "AWS_REGION">;
