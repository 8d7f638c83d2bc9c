import * as z from "zod/mini";

const table = z.string().check(z.minLength(3));
const queueUrl = z.url();
const bucket = z.string().check(z.minLength(3));

const region = z.string().check(z.minLength(1));
/** All regions of the deployment, separated by commas. */
const regions = z.pipe(
  z.string().check(z.minLength(1)),
  z.transform((list: string) => list.split(",")),
);
/** The alias of the KMS key that encrypts secrets, the same in every region. */
const secretsKey = z.string().check(z.startsWith("alias/"));
/** The IoT policy of device certificates. */
const devicePolicy = z.string().check(z.minLength(1));
/** The IoT policy of claim certificates. */
const claimPolicy = z.string().check(z.minLength(1));
/** `amazon`, or, on one machine, the CA certificate (PEM) of the broker. */
const brokerCa = z.string().check(z.minLength(1));

/** Validity of a new certificate in days; 0 means that it does not expire. */
const certificateDays = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((days: string) => Number(days) || undefined),
);

/** `allowed` permits requests to private and loopback addresses. Only for one machine. */
const privateTargets = z.enum(["refused", "allowed"]);

/**
 * The regions with replicas of the global tables. If a read in this region fails, another region is
 * read.
 */
const globalTables = { REGIONS: regions, AWS_REGION: region };

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
 * does not compile), and the function parses them once, at startup.
 */
export const env = {
  route: z.object({
    ...globalTables,
    INTEGRATIONS_TABLE: table,
    SEEN_TABLE: table,
    RECENT_TABLE: table,
    SESSIONS_TABLE: table,
    AWS_REGION: region,
    DELIVERIES_QUEUE_URL: queueUrl,
    RECORDS_QUEUE_URL: queueUrl,
    ARCHIVE_QUEUE_URL: queueUrl,
    PRESENCE_QUEUE_URL: queueUrl,
    /** Dead-letter queue for messages that are not valid events. */
    EVENTS_DEAD_LETTERS_URL: queueUrl,
  }),
  deliver: z.object({
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
  }),
  storeDeadLetters: z.object({
    ...globalTables,
    DEAD_LETTERS_TABLE: table,
    RECORDS_QUEUE_URL: queueUrl,
  }),
  requeue: z.object({
    WAITING_TABLE: table,
    DELIVERIES_QUEUE_URL: queueUrl,
    /** Dead-letter queue for rows that are not valid deliveries. */
    DELIVERIES_DEAD_LETTERS_URL: queueUrl,
  }),
  record: z.object({
    RECORDS_BUCKET: bucket,
    LEDGER_TABLE: table,
    AWS_REGION: region,
    /** Dead-letter queue for messages that are not valid records. */
    RECORDS_DEAD_LETTERS_URL: queueUrl,
  }),
  ledger: z.object({ RECORDS_BUCKET: bucket, LEDGER_TABLE: table, AWS_REGION: region }),
  archive: z.object({
    ARCHIVE_BUCKET: bucket,
    /** Dead-letter queue for messages without valid events. */
    ARCHIVE_DEAD_LETTERS_URL: queueUrl,
  }),
  runJob: z.object({
    ARCHIVE_BUCKET: bucket,
    INTEGRATIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
    DELIVERIES_QUEUE_URL: queueUrl,
    JOBS_QUEUE_URL: queueUrl,
    RECORDS_QUEUE_URL: queueUrl,
    /** Dead-letter queue for messages that name no job. */
    JOBS_DEAD_LETTERS_URL: queueUrl,
    AWS_REGION: region,
  }),
  recover: z.object({
    FAILED_EVENTS_BUCKET: bucket,
    EVENTS_QUEUE_URL: queueUrl,
    PRESENCE_QUEUE_URL: queueUrl,
  }),
  presence: z.object({
    ...deviceLinks,
    DEVICE_POLICY: devicePolicy,
    CERTIFICATE_DAYS: certificateDays,
    /** Dead-letter queue for messages that cannot be parsed. */
    PRESENCE_DEAD_LETTERS_URL: queueUrl,
  }),
  watch: z.object({
    ...deviceLinks,
    RECORDS_BUCKET: bucket,
  }),
  admit: z.object({
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    AWS_REGION: region,
    REGIONS: regions,
    CERTIFICATE_DAYS: certificateDays,
  }),
  admin: z.object({
    CLAIM_POLICY: claimPolicy,
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    REPLIES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
    SECRETS_KEY: secretsKey,
    DEVICE_POLICY: devicePolicy,
    BROKER_CA: brokerCa,
    CERTIFICATE_DAYS: certificateDays,
    REGIONS: regions,
    AWS_REGION: region,
  }),
  provision: z.object({
    DEVICES_TABLE: table,
    REPLIES_TABLE: table,
    DEVICE_POLICY: devicePolicy,
    CLAIM_POLICY: claimPolicy,
    AWS_REGION: region,
  }),
  accounts: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    RATE_LIMITS_TABLE: table,
    /** For the removal of the user's own account, which requires that nothing is left. */
    DEVICES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    SECRETS_KEY: secretsKey,
    /** `allowed` permits sign-ups by anyone. */
    OPEN_SIGN_UP: z.enum(["refused", "allowed"]),
    ...mailQueue,
  }),
  mail: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    /** Rate limits of mails. */
    RATE_LIMITS_TABLE: table,
    /** The sender of every mail. */
    MAIL_FROM: z.email(),
    /**
     * Dead-letter queue for messages that are not valid mails, and for mails that the service
     * rejects.
     */
    MAIL_DEAD_LETTERS_URL: queueUrl,
  }),
  products: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    /** For the removal of a product with its resources. */
    DEVICES_TABLE: table,
    REPLIES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
    DEVICE_POLICY: devicePolicy,
    ...mailQueue,
  }),
  devices: z.object({
    ...deviceLinks,
    ACCOUNTS_TABLE: table,
    SLOTS_TABLE: table,
    DEVICE_POLICY: devicePolicy,
    BROKER_CA: brokerCa,
    CERTIFICATE_DAYS: certificateDays,
  }),
  call: z.object({ ...deviceLinks, ACCOUNTS_TABLE: table, SLOTS_TABLE: table }),
  publish: z.object({ ...globalTables, ACCOUNTS_TABLE: table }),
  stream: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    /** Stores which fleets have listeners. */
    INTEGRATIONS_TABLE: table,
    RECENT_TABLE: table,
    SLOTS_TABLE: table,
  }),
  health: z.object({ EVENTS_QUEUE_URL: queueUrl, AWS_REGION: region }),
  integrations: z.object({
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    LEDGER_TABLE: table,
    SECRETS_KEY: secretsKey,
    REGIONS: regions,
    AWS_REGION: region,
  }),
  deadLetters: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
  }),
  jobs: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
    JOBS_QUEUE_URL: queueUrl,
    ARCHIVE_BUCKET: bucket,
  }),
  archiveSettings: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    /** Holds the archive setting of each fleet. */
    INTEGRATIONS_TABLE: table,
  }),
  previews: z.object({
    ACCOUNTS_TABLE: table,
    DEVICES_TABLE: table,
    SESSIONS_TABLE: table,
    INTEGRATIONS_TABLE: table,
    RECENT_TABLE: table,
    SLOTS_TABLE: table,
    ARCHIVE_BUCKET: bucket,
    /** For tests of integrations, as for deliveries. */
    PRIVATE_TARGETS: privateTargets,
    SECRETS_KEY: secretsKey,
    REGIONS: regions,
    AWS_REGION: region,
  }),
};

export type FunctionName = keyof typeof env;

/** The variables that the templates define: all except those that Lambda sets. */
export type Env<Name extends FunctionName> = Omit<z.input<(typeof env)[Name]>, "AWS_REGION">;
