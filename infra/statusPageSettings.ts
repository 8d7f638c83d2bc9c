import * as z from "zod";

/** A domain name of the status page, with its certificate. */
const statusDomain = z.object({
  name: z
    .string()
    .regex(
      /^([a-z\d]([a-z\d-]*[a-z\d])?\.)+[a-z]{2,}$/,
      "is no domain name, like status.example.com",
    ),
  /** CloudFront reads certificates in us-east-1 only. */
  certificateArn: z
    .string()
    .regex(
      /^arn:aws:acm:us-east-1:\d{12}:certificate\/[\da-f-]{36}$/,
      "is no certificate in us-east-1, like arn:aws:acm:us-east-1:123456789012:certificate/…",
    ),
});

/** The setting `statusPage`: what customers see on it. */
export const statusPageSettings = z.object({
  title: z.string().trim().min(1).max(80).default("Godwit"),
  /** Where customers get help: a page or a mail address. */
  supportUrl: z
    .url({
      protocol: /^(https|mailto)$/,
      error: "must be a URL with https: or mailto:, for example https://example.com/support",
    })
    .optional(),
  /** The route of the API that accepts subscriptions. Without it, the page has no form. */
  subscribeUrl: z
    .url({
      protocol: /^https$/,
      error:
        "must be a URL with https:, for example https://api.example.com/v1/status/subscriptions",
    })
    .optional(),
  /**
   * Whether CloudFront serves the page. AWS refuses CloudFront to some new accounts until it has
   * verified them. Without it, the files are only in the bucket.
   */
  cloudFront: z.boolean().default(true),
  /** The domain name of each region's page. Without one, the page has a name of CloudFront. */
  domains: z.record(z.string(), statusDomain).optional(),
});

export type StatusPageSettings = z.output<typeof statusPageSettings>;
