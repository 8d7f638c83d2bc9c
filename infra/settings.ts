import * as z from "zod";
import { certificateDaysMax } from "../shared/device/registry/limits.ts";
import { flag } from "../shared/input/flag.ts";
import { wholeNumber } from "../shared/input/wholeNumber.ts";
import { parameterName, receiverList } from "../shared/paging/receiver.ts";
import { fromText } from "./fromText.ts";
import { readSettings } from "./readSettings.ts";
import { regionSettingsFrom, regionSettingsSchema } from "./regionSettings.ts";
import { batchSecondsMax, defaultSize, sizeName } from "./sizes.ts";
import { statusPageSettings } from "./statusPageSettings.ts";

const hostName = z
  .string()
  .regex(/^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z]{2,}$/, "is no domain name, like api.example.com");

const receivers = z
  .unknown()
  .transform(fromText)
  .pipe(
    z.array(z.unknown(), "must be a list of receivers; on the command line, JSON: docs/paging.md"),
  )
  .pipe(receiverList);

const httpsUrl = z.url({
  protocol: /^https$/,
  error: "must be a URL with https:, for example https://example.com/path",
});

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
    pageReceivers: receivers.prefault([]),
    runbookUrl: httpsUrl.optional(),
    heartbeatUrl: z.optional(parameterName),
    domain: hostName.optional(),
    hostedZoneId: hostedZone.optional(),
    statusPage: z.preprocess(fromText, statusPageSettings.prefault({})),
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

const settings = z
  .intersection(regionSettingsSchema, withSender)
  .superRefine(({ regions, statusPage: { domains = {}, cloudFront } }, context) => {
    if (!cloudFront && Object.keys(domains).length > 0) {
      const message =
        "needs CloudFront, which statusPage.cloudFront leaves out: remove one of them";
      context.addIssue({ code: "custom", path: ["statusPage", "domains"], message });
    }
    const others = Object.keys(domains).filter((region) => !regions.includes(region));
    for (const region of others) {
      const message = `is not in regions: ${regions.join(", ")}`;
      context.addIssue({ code: "custom", path: ["statusPage", "domains", region], message });
    }
    const names = Object.values(domains).map(({ name }) => name);
    if (new Set(names).size === names.length) return;
    const message = "must have another name for each region: docs/status-page.md";
    context.addIssue({ code: "custom", path: ["statusPage", "domains"], message });
  });

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
