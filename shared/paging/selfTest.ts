import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod/mini";
import { acknowledgeMs, selfTestMs } from "./limits.ts";
import type { Reading } from "./reading.ts";

/** The ways of a page: SNS of the region, and the watcher of the next region. */
export const pageWay = z.enum(["sns", "watcher"]);

export type PageWay = z.output<typeof pageWay>;

/** A test of the pages of a region. Times are in milliseconds since 1970. */
export const selfTest = z.object({
  id: z.string(),
  region: z.string(),
  at: z.number(),
  /** The ways that a person must acknowledge. */
  ways: z.array(pageWay),
  /** When a person acknowledged a way. */
  acknowledged: z.object({ sns: z.optional(z.number()), watcher: z.optional(z.number()) }),
});

export type SelfTest = z.output<typeof selfTest>;

/** The latest self-test of each region, and the key of its links. */
export interface SelfTests {
  latest(region: string): Promise<SelfTest | undefined>;
  /**
   * Stores a test in place of the former one. Returns `false` if that is not the latest one any
   * more: another run has begun a test.
   */
  begin(test: SelfTest, former: SelfTest | undefined): Promise<boolean>;
  /** Returns `false` if the test is not the latest one of its region. */
  acknowledge(region: string, id: string, way: PageWay, at: number): Promise<boolean>;
  /** The key that signs links, the same for all regions. It is created at the first use. */
  key(): Promise<string>;
}

/** The part of a self-test that a link acknowledges. */
export interface Acknowledgement {
  readonly region: string;
  readonly test: string;
  readonly way: PageWay;
}

const signatureOf = ({ region, test, way }: Acknowledgement, key: string): string =>
  createHmac("sha256", key).update(`${region} ${test} ${way}`).digest("base64url");

/** The path of the link that acknowledges. */
export const acknowledgePath = "v1/pages/acknowledge";

/** The link that acknowledges one way of a self-test. It opens nothing else. */
export const acknowledgeUrl = (api: string, given: Acknowledgement, key: string): string => {
  const { region, test, way } = given;
  const query = new URLSearchParams({ region, test, way, signature: signatureOf(given, key) });
  return `${api.replace(/\/*$/, "/")}${acknowledgePath}?${query}`;
};

/** Whether the signature of a link is the one of its parts. */
export const isSigned = (given: Acknowledgement, signature: string, key: string): boolean => {
  const [expected, found] = [signatureOf(given, key), signature].map((text) => Buffer.from(text));
  return (
    expected !== undefined &&
    found !== undefined &&
    expected.length === found.length &&
    timingSafeEqual(expected, found)
  );
};

const reasonPattern = /^Self-test ([\w-]{1,64}) of the pages of ([a-z\d-]+)\./;

/** The reason of the alarm of a self-test. Its first sentence is read by the watcher. */
export const selfTestReason = ({ region, id }: SelfTest, url: string): string =>
  `Self-test ${id} of the pages of ${region}. Nothing is broken. Acknowledge that you received this page: ${url}`;

/** The self-test in the reason of an alarm. */
export const selfTestIn = (reason: string): { id: string; region: string } | undefined => {
  const [, id, region] = reasonPattern.exec(reason) ?? [];
  return id === undefined || region === undefined ? undefined : { id, region };
};

const linkPattern = new RegExp(`https?://\\S*/${acknowledgePath}\\S*`, "g");

/**
 * The reason of an alarm without the links that acknowledge a self-test. The link of a way is only
 * in the message of this way: in another message, it would acknowledge a way that does not work.
 */
export const withoutLinks = (reason: string): string =>
  reason.replaceAll(linkPattern, "(the link is in the message of SNS)");

/** Whether the next test of a region is due. The first one is an interval after the first run. */
export const isSelfTestDue = (latest: SelfTest | undefined, now: number): boolean =>
  latest !== undefined && now - latest.at >= selfTestMs;

/** The ways of a test without an acknowledgment in time. */
export const unacknowledged = (latest: SelfTest | undefined, now: number): PageWay[] =>
  latest === undefined || now - latest.at < acknowledgeMs
    ? []
    : latest.ways.filter((way) => latest.acknowledged[way] === undefined);

/**
 * A self-test by SNS without an acknowledgment pages by the watcher. The opposite is a metric,
 * whose alarm pages by SNS.
 */
export const selfTestReading = (
  latest: SelfTest | undefined,
  { region, now }: { readonly region: string; readonly now: number },
): Reading => ({
  source: "self-test",
  at: now,
  signals: unacknowledged(latest, now)
    .filter((way) => way === "sns")
    .map((way) => ({
      key: `${region} ${way}`,
      region,
      summary: "The self-test that SNS delivered is not acknowledged.",
      severity: "error" as const,
      components: [],
      runbook: "a-self-test-is-not-acknowledged",
      reason: `Self-test ${latest?.id ?? ""}. To acknowledge it: npm run page -- ack`,
      since: latest?.at ?? now,
    })),
});
