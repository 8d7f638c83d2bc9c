import * as z from "zod/mini";

const table = z.string().check(z.minLength(3));
const queueUrl = z.url();
const bucket = z.string().check(z.minLength(3));

const region = z.string().check(z.minLength(1));
/** Every region of this deployment, with commas between. */
const regions = z.pipe(
  z.string().check(z.minLength(1)),
  z.transform((list: string) => list.split(",")),
);
/** The alias of the key that secrets are sealed under, the same in every region. */
const secretsKey = z.string().check(z.startsWith("alias/"));
/** The IoT policy that every device's certificate gets. */
const devicePolicy = z.string().check(z.minLength(1));
/** The IoT policy of claim certificates. */
const claimPolicy = z.string().check(z.minLength(1));
/** `amazon`, or for one machine the certificate (PEM) that signed the broker's. */
const brokerCa = z.string().check(z.minLength(1));

/** For how many days a new certificate is valid; 0: it does not expire. */
const certificateDays = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((days: string) => Number(days) || undefined),
);

/** `allowed` lets requests go to private and loopback addresses. For one machine only. */
const privateTargets = z.enum(["refused", "allowed"]);

/**
 * Which regions have copies of the global tables: what cannot be read in this one is read in
 * another.
 */
const globalTables = { REGIONS: regions, AWS_REGION: region };

/** Where mails are ordered; absent while this cloud sends none. */
const mailQueue = { MAIL_QUEUE_URL: z.optional(queueUrl) };

/** What it takes to find devices and to send to them, in whatever region they are. */
const deviceLinks = {
  DEVICES_TABLE: table,
  SESSIONS_TABLE: table,
  REPLIES_TABLE: table,
  REGIONS: regions,
  AWS_REGION: region,
};

/**
 * What each function needs from its environment. The templates must supply it (`infra` does not
 * compile without), and the function reads it once, when it starts.
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
    /** Where a message goes that is no event. */
    EVENTS_DEAD_LETTERS_URL: queueUrl,
  }),
  deliver: z.object({
    INTEGRATIONS_TABLE: table,
    /** For the firmware versions that devices said. */
    SESSIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
    AWS_REGION: region,
    WAITING_TABLE: table,
    DELIVERIES_QUEUE_URL: queueUrl,
    SLOW_LANE_QUEUE_URL: queueUrl,
    RECORDS_QUEUE_URL: queueUrl,
    SECRETS_KEY: secretsKey,
    REGIONS: regions,
    /** Where a message goes that is no delivery. */
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
    /** Where a row goes that is no delivery. */
    DELIVERIES_DEAD_LETTERS_URL: queueUrl,
  }),
  record: z.object({
    RECORDS_BUCKET: bucket,
    LEDGER_TABLE: table,
    AWS_REGION: region,
    /** Where a message goes that is no record. */
    RECORDS_DEAD_LETTERS_URL: queueUrl,
  }),
  ledger: z.object({ RECORDS_BUCKET: bucket, LEDGER_TABLE: table, AWS_REGION: region }),
  archive: z.object({
    ARCHIVE_BUCKET: bucket,
    /** Where a message goes that holds no events. */
    ARCHIVE_DEAD_LETTERS_URL: queueUrl,
  }),
  runJob: z.object({
    ARCHIVE_BUCKET: bucket,
    INTEGRATIONS_TABLE: table,
    DEAD_LETTERS_TABLE: table,
    DELIVERIES_QUEUE_URL: queueUrl,
    JOBS_QUEUE_URL: queueUrl,
    RECORDS_QUEUE_URL: queueUrl,
    /** Where a message goes that names no job. */
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
    /** Where a message goes that is none. */
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
    /** For whoever removes themselves: what they still have. */
    DEVICES_TABLE: table,
    INTEGRATIONS_TABLE: table,
    SECRETS_KEY: secretsKey,
    /** `allowed` lets everybody make themselves a user. */
    OPEN_SIGN_UP: z.enum(["refused", "allowed"]),
    ...mailQueue,
  }),
  mail: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    /** Counts mails. */
    RATE_LIMITS_TABLE: table,
    /** The sender of every mail. */
    MAIL_FROM: z.email(),
    /** Where a message goes that is no mail, and a mail that nobody takes. */
    MAIL_DEAD_LETTERS_URL: queueUrl,
  }),
  products: z.object({
    ...globalTables,
    ACCOUNTS_TABLE: table,
    /** For the removal of a product: what is in it. */
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
    /** Where a stream says that its fleet is listened to. */
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

/** What the templates give a function: all of it but what Lambda itself says. */
export type Env<Name extends FunctionName> = Omit<z.input<(typeof env)[Name]>, "AWS_REGION">;
