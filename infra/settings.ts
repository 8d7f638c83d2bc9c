import * as z from "zod";
import { certificateDaysMax } from "../shared/device/registry/limits.ts";
import { flag } from "../shared/input/flag.ts";
import { wholeNumber } from "../shared/input/wholeNumber.ts";
import { parameterName, receiverList } from "../shared/paging/receiver.ts";
import { readSettings } from "./readSettings.ts";
import { regionSettingsFrom, regionSettingsSchema } from "./regionSettings.ts";
import { batchSecondsMax, defaultSize, sizeName } from "./sizes.ts";
import { statusPageSettings } from "./statusPageSettings.ts";

const hostName = z
  .string()
  .regex(/^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z]{2,}$/, "is no domain name, like api.example.com");

/** A list in cdk.json; on the command line it is JSON. */
const list = z.union([
  z.array(z.unknown()),
  z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: "custom", message: "is no JSON list" });
      return z.NEVER;
    }
  }),
]);

const hostedZone = z.string().regex(/^Z[A-Z\d]+$/, "is no hosted zone, like Z0123456789ABC");

/** What the settings select in the stacks, besides the regions. */
const stackSettings = z
  .object({
    size: sizeName.default(defaultSize),
    pageEmail: z.email().optional(),
    batchSeconds: z._default(wholeNumber(0, batchSecondsMax), 0),
    openSignUp: z._default(flag, false),
    mailFrom: z.email().toLowerCase().optional(),
    drills: z._default(flag, false),
    canary: z._default(flag, true),
    certificateDays: z._default(wholeNumber(0, certificateDaysMax), 0),
    pageReceivers: z._default(list.pipe(receiverList), []),
    runbookUrl: z.url({ protocol: /^https$/ }).optional(),
    heartbeatUrl: z.optional(parameterName),
    domain: hostName.optional(),
    hostedZoneId: hostedZone.optional(),
    statusPage: statusPageSettings.prefault({}),
  })
  .refine(
    ({ domain, hostedZoneId }) => (domain === undefined) === (hostedZoneId === undefined),
    "domain and hostedZoneId must be set together, or neither: docs/domain.md",
  );

const withSender = stackSettings.refine(
  ({ pageReceivers, mailFrom }) =>
    mailFrom !== undefined || !pageReceivers.some(({ kind }) => kind === "email"),
  "pageReceivers has a receiver of the kind email, which requires mailFrom: docs/paging.md",
);

const settings = z.intersection(regionSettingsSchema, withSender);

/** Context values that belong to the CDK: its feature flags, look-ups and options. */
const isOfCdk = (name: string): boolean =>
  /[:/]/.test(name) || name === "cli-telemetry" || name === "acknowledged-issue-numbers";

/**
 * The settings in a context: `context` in `cdk.json`, and `--context`. Fails with a `SettingsError`
 * that names each unknown setting and each invalid value.
 */
export const settingsFrom = (context: Readonly<Record<string, unknown>>) => {
  const given = Object.entries(context).filter(([name]) => !isOfCdk(name));
  const { regions, stateRegion, closedRegions, unprotectedRegions, ...others } = readSettings(
    settings,
    Object.fromEntries(given),
  );
  const where = regionSettingsFrom({ regions, stateRegion, closedRegions, unprotectedRegions });
  return { where, ...others };
};
