import * as z from "zod/mini";
import { closestName } from "../input/closestName.ts";
import { receiversMax } from "./limits.ts";

/** The name of a SecureString in Systems Manager. */
export const parameterName = z
  .string()
  .check(
    z.regex(
      /^\/[\w.-]+(\/[\w.-]+)*$/,
      "must be the name of a parameter in Systems Manager, like /godwit/pages/pagerduty; the value itself does not belong in cdk.json",
    ),
    z.maxLength(512),
  );

const isSafe = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username } = new URL(text);
  const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  return username === "" && (protocol === "https:" || (protocol === "http:" && isLocal));
};

const url = z.string().check(z.refine(isSafe, "must be an https URL without a user name"));

const name = z
  .string()
  .check(z.regex(/^[a-z][a-z\d-]{0,31}$/, "must be a name of a-z, 0-9 and -, like on-call"));

/** An object without other fields. The message names an unknown field, and the similar one. */
const only = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const [field = ""] = issue.keys;
      const closest = closestName(field, Object.keys(shape));
      const hint = closest === undefined ? "" : `; did you mean ${closest}?`;
      return `${field} is an unknown field${hint}`;
    },
  });

/** The settings of one receiver, by its kind. */
export const receiverSettings = z.discriminatedUnion("kind", [
  /**
   * Events API v2. `url` is for another service region: https://events.eu.pagerduty.com/v2/enqueue
   */
  only({ kind: z.literal("pagerDuty"), name, secret: parameterName, url: z.optional(url) }),
  /** Alerts API. `url` is for another service region or a compatible service. */
  only({ kind: z.literal("opsgenie"), name, secret: parameterName, url: z.optional(url) }),
  /** A receiver of Alertmanager's webhooks. The secret is a bearer token. */
  only({ kind: z.literal("alertmanager"), name, url, secret: z.optional(parameterName) }),
  /** An incoming webhook. The secret is its URL. */
  only({ kind: z.literal("slack"), name, secret: parameterName }),
  /** A webhook that is signed by Standard Webhooks. The secret starts with `whsec_`. */
  only({ kind: z.literal("webhook"), name, url, secret: parameterName }),
  /** A mail by SES, from the sender `mailFrom`. */
  only({ kind: z.literal("email"), name, to: z.email() }),
]);

export type Receiver = z.output<typeof receiverSettings>;

const hasUniqueNames = (receivers: readonly Receiver[]): boolean =>
  new Set(receivers.map((one) => one.name)).size === receivers.length;

/** The setting `pageReceivers`. */
export const receiverList = z
  .array(receiverSettings)
  .check(z.maxLength(receiversMax), z.refine(hasUniqueNames, "has two receivers of one name"));

/** The parameters that the secrets of receivers are in. */
export const secretNames = (receivers: readonly Receiver[]): string[] => [
  ...new Set(receivers.flatMap((one) => ("secret" in one && one.secret ? [one.secret] : []))),
];
