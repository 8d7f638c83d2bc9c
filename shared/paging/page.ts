import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { severity } from "../alarm/alarmText.ts";
import { component } from "../alarm/component.ts";
import { dedupKeyCharsMax, settleMs } from "./limits.ts";

/** The kind of a notification about a page. */
export const pageEvent = z.enum(["trigger", "resolve"]);

export type PageEvent = z.output<typeof pageEvent>;

/** One attempt at a receiver. */
const attempt = z.object({
  at: z.number(),
  event: pageEvent,
  /** A sentence: the status of the response, or the error. */
  result: z.string(),
});

/** The delivery of a page to one receiver. */
export const pageDelivery = z.object({
  receiver: z.string(),
  /** The last event that the receiver has accepted. */
  told: z.enum(["nothing", "trigger", "resolve"]),
  /** Failed attempts at the event that is due. */
  failures: z.number(),
  /** Since when an event has been due. */
  dueSince: z.number(),
  /** The earliest time of the next attempt. */
  nextAt: z.number(),
  /** Why the delivery has been given up. It can be replayed. */
  dead: z.optional(z.string()),
  /** The latest attempts, oldest first. */
  attempts: z.array(attempt),
});

export type PageDelivery = z.output<typeof pageDelivery>;

/** A page: a problem, since when, and its delivery to each receiver. Times are in ms since 1970. */
export const page = z.object({
  id: z.string(),
  /** The same for each occurrence of the problem. */
  dedupKey: z.string(),
  /** The region of the watcher that stores and sends it. */
  watcher: z.string(),
  /** The region of the problem. */
  region: z.string(),
  /** The kind of reading that found it: `alarms/us-east-1`, `heartbeats`. */
  source: z.string(),
  /** The problem within its source: the name of an alarm. */
  key: z.string(),
  summary: z.string(),
  severity,
  components: z.array(component),
  /** The parts that fail, such as `RuleName=godwit_events`. */
  slice: z.array(z.string()),
  reason: z.string(),
  /** The anchor of the article in docs/runbook.md; absent for an alarm without one. */
  runbook: z.optional(z.string()),
  since: z.number(),
  createdAt: z.number(),
  resolvedAt: z.optional(z.number()),
  /** The time of the latest reading that is in it: an older one changes nothing. */
  readAt: z.number(),
  /** The link that acknowledges it, for a self-test. */
  ackUrl: z.optional(z.string()),
  acknowledgedAt: z.optional(z.number()),
  /** Until when a worker delivers it. */
  claimedUntil: z.optional(z.number()),
  version: z.number(),
  deliveries: z.array(pageDelivery),
});

export type Page = z.output<typeof page>;

/** The key by which a receiver recognizes a problem. It contains no secret. */
export const dedupKeyOf = ({
  source,
  key,
}: {
  readonly source: string;
  readonly key: string;
}): string => {
  const text = `godwit/${source}/${key}`;
  if (text.length <= dedupKeyCharsMax) return text;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 32);
  return `${text.slice(0, dedupKeyCharsMax - hash.length - 1)}#${hash}`;
};

/** The part of a page's id that is the same for each occurrence of its problem. */
export const problemId = (dedupKey: string): string =>
  createHash("sha256").update(dedupKey).digest("hex").slice(0, 16);

/** The id of a page: its time of creation with 15 digits, and its problem. */
export const pageId = (dedupKey: string, createdAt: number): string =>
  `${String(createdAt).padStart(15, "0")}-${problemId(dedupKey)}`;

/** The event that a receiver has to receive next; none if it knows the page's state. */
export const dueEvent = (
  { resolvedAt }: Pick<Page, "resolvedAt">,
  { told }: Pick<PageDelivery, "told">,
): PageEvent | undefined => {
  // A receiver is also notified of a problem that ended before it knew of it: it may start again.
  if (told !== "trigger")
    return told === "resolve" && resolvedAt !== undefined ? undefined : "trigger";
  return resolvedAt === undefined ? undefined : "resolve";
};

/**
 * Whether a page has ended, no attempt is left, and it is old enough: until then, a problem that
 * starts again is the same page, and an event that arrives twice changes nothing.
 */
export const isSettled = (page: Page, now: number): boolean =>
  page.resolvedAt !== undefined &&
  now - page.readAt >= settleMs &&
  page.deliveries.every((one) => one.dead !== undefined || dueEvent(page, one) === undefined);
