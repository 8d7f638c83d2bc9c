import { createHash, randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { mailAddress } from "../../account/mail/mail.ts";
import { component } from "../../alarm/component.ts";
import { subscriptionRegionsMax, webhookUrlCharsMax } from "../limits.ts";

/** The name of a region. */
export const regionName = z.string().check(z.regex(/^[a-z0-9-]{1,32}$/, "must name a region"));

/** Where the messages of a subscription go. */
export const channel = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("email"), address: mailAddress }),
  z.object({ kind: z.literal("webhook"), url: z.url().check(z.maxLength(webhookUrlCharsMax)) }),
]);

export type Channel = z.output<typeof channel>;

/** The components and regions of a subscription. An empty list means all of them. */
export const scopeOfInterest = z.object({
  components: z.array(component).check(z.maxLength(component.options.length)),
  regions: z.array(regionName).check(z.maxLength(subscriptionRegionsMax)),
});

export type ScopeOfInterest = z.output<typeof scopeOfInterest>;

/** A confirmed subscription of the status page, or a confirmed contact of a product. */
export const subscription = z.extend(scopeOfInterest, {
  /** Begins with `s-`, or, for a contact, with `p`, the number of the product and `-`. */
  id: z.string(),
  channel,
  /** The product whose contact it is. */
  product: z.optional(z.int()),
  /** The URL of the API, under which the subscription was requested. Without a slash at the end. */
  api: z.url(),
  /** The key of its links and of its signatures. */
  key: z.string(),
  /** The confirmation, in milliseconds since 1970. */
  confirmedAt: z.number(),
});

export type Subscription = z.output<typeof subscription>;

/** A subscription whose owner has not confirmed it. */
export const unconfirmedSubscription = z.omit(subscription, { confirmedAt: true });

export type UnconfirmedSubscription = z.output<typeof unconfirmedSubscription>;

/** The prefix of the ids of a product's contacts. */
export const contactPrefix = (product: number): string => `p${product}-`;
export const subscriberPrefix = "s-";

const idLength = 24;

/**
 * The id of a subscription. An address has one subscription, and a product has one contact of a
 * channel. A webhook of the status page gets a new id: no second subscription replaces it.
 */
export const subscriptionId = (channel: Channel, product: number | undefined): string => {
  const prefix = product === undefined ? subscriberPrefix : contactPrefix(product);
  if (channel.kind === "webhook" && product === undefined) {
    return `${prefix}${randomBytes(idLength / 2).toString("hex")}`;
  }
  const name = channel.kind === "email" ? channel.address : channel.url;
  const hash = createHash("sha256").update(`${channel.kind} ${name}`).digest("hex");
  return `${prefix}${hash.slice(0, idLength)}`;
};

/** The host of a webhook. */
export const hostOf = ({ channel }: Pick<Subscription, "channel">): string | undefined =>
  channel.kind === "webhook" ? new URL(channel.url).hostname : undefined;

/** Whether a subscription includes a component in a region. */
export const includesPlace = (
  { components, regions }: ScopeOfInterest,
  place: { readonly component: string; readonly region: string },
): boolean =>
  (components.length === 0 || components.some((one) => one === place.component)) &&
  (regions.length === 0 || regions.includes(place.region));

/** Confirmed subscriptions, for all regions. Eventually consistent. */
export interface Subscriptions {
  find(id: string): Promise<Subscription | undefined>;
  /** Adds or replaces a subscription. */
  put(subscription: Subscription): Promise<void>;
  /** Returns whether it existed. */
  remove(id: string): Promise<boolean>;
  /** A page of the subscriptions whose ids have the prefix, by id. */
  page(page: {
    readonly prefix?: string;
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<{ readonly subscriptions: readonly Subscription[]; readonly next?: string }>;
  /** Counts the subscriptions whose ids have the prefix, and those of them with a host. */
  count(prefix: string, host?: string): Promise<{ readonly all: number; readonly ofHost: number }>;
}

/** Subscriptions that await the click on a mailed link, by the hash of its token. */
export interface PendingSubscriptions {
  add(hash: string, subscription: UnconfirmedSubscription, expiresAt: number): Promise<void>;
  /** `undefined` if there is none or it has expired. */
  find(
    hash: string,
  ): Promise<{ subscription: UnconfirmedSubscription; expiresAt: number } | undefined>;
  remove(hash: string): Promise<void>;
}

/** A webhook that has not proved yet that it belongs to the subscriber. */
export const verification = z.object({
  subscription: unconfirmedSubscription,
  /** The number of failed attempts. */
  failed: z.int(),
  /** The time of the next attempt, in milliseconds since 1970. */
  dueAt: z.number(),
});

export type Verification = z.output<typeof verification>;

/** The webhooks that await their verification. */
export interface Verifications {
  /** Adds or replaces a verification. */
  put(verification: Verification): Promise<void>;
  find(id: string): Promise<Verification | undefined>;
  /** Up to `max`. */
  list(max: number): Promise<readonly Verification[]>;
  remove(id: string): Promise<void>;
}
