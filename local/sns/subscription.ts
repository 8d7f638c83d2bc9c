import * as z from "zod";
import { endpointCharsMax } from "./limits.ts";

export const protocol = z.enum(["email", "email-json", "http", "https", "sqs", "lambda"]);

export type Protocol = z.output<typeof protocol>;

/** A subscription of a topic, as its file keeps it. */
export const subscription = z.strictObject({
  arn: z.string(),
  topicArn: z.string(),
  protocol,
  endpoint: z.string().max(endpointCharsMax),
  isRaw: z.boolean(),
  deadLetterArn: z.string().optional(),
  /** Whether a template has it; otherwise a request has added it. */
  isOfTemplate: z.boolean(),
  /** The token that confirms it; absent once it is confirmed. */
  token: z.string().optional(),
  /** When the token was made, in ms since 1970. */
  tokenAt: z.number().optional(),
});

export type Subscription = z.output<typeof subscription>;

/** What a subscriber asks for. */
export type NewSubscription = Pick<
  Subscription,
  "topicArn" | "protocol" | "endpoint" | "isRaw" | "deadLetterArn" | "isOfTemplate"
>;

const email = z.email();

/** The reason why an endpoint does not fit its protocol. */
export const endpointProblem = ({
  protocol: kind,
  endpoint,
}: NewSubscription): string | undefined => {
  switch (kind) {
    case "email":
    case "email-json":
      return email.safeParse(endpoint).success ? undefined : "Email address";
    case "http":
    case "https":
      return URL.parse(endpoint)?.protocol === `${kind}:`
        ? undefined
        : "Endpoint must match the specified protocol";
    case "sqs":
      return /^arn:aws:sqs:[\w-]+:\d+:[\w-]+$/.test(endpoint) ? undefined : "SQS endpoint ARN";
    case "lambda":
      return /^arn:aws:lambda:[\w-]+:\d+:function:[\w-]+$/.test(endpoint)
        ? undefined
        : "Lambda endpoint ARN";
  }
};

/**
 * Whether an endpoint must confirm its subscription. On AWS a mail address must, too: on one
 * machine its mails go to a folder, whose owner is the account's.
 */
export const needsConfirmation = (kind: Protocol): boolean => kind === "http" || kind === "https";
