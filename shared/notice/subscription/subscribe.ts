import * as z from "zod/mini";
import { mailAddress } from "../../account/mail/mail.ts";
import { mailDisabled } from "../../account/mail/resetPassword.ts";
import { addressKey, type RateLimit, type RateLimiter } from "../../account/verify/rateLimit.ts";
import { component } from "../../alarm/component.ts";
import { validationFailure } from "../../input/readInput.ts";
import { Failure } from "../../platform/failure.ts";
import { urlProblem } from "../../target/targetUrl.ts";
import {
  contactsPerProductMax,
  subscriptionIntervalSeconds,
  subscriptionRegionsMax,
  subscriptionsPerClientMax,
  verificationIntervalSeconds,
  verificationsMax,
  verificationsPerHostMax,
  webhookUrlCharsMax,
} from "../limits.ts";
import type { NoticeKeys } from "./noticeKeys.ts";
import type { ConfirmationQueue } from "./sendConfirmation.ts";
import {
  type Channel,
  contactPrefix,
  hostOf,
  regionName,
  type Subscriptions,
  subscriptionId,
  type UnconfirmedSubscription,
  type Verifications,
} from "./subscription.ts";

/** One value of a form field, or several: a form without JavaScript repeats a field. */
const listOf = <Item extends z.core.$ZodType<unknown, string>>(item: Item, max: number) =>
  z._default(
    z.pipe(
      z.union([z.array(z.string()), z.string()]),
      z.pipe(
        z.transform((value: string | string[]) =>
          [value].flat().flatMap((each) => (each === "" ? [] : each.split(","))),
        ),
        z.array(item).check(z.maxLength(max)),
      ),
    ),
    [],
  );

const webhookUrl = z.string().check(
  z.trim(),
  z.maxLength(webhookUrlCharsMax),
  z.regex(/^https?:\/\/[^/\s]/i, { error: "must be an http or https URL", abort: true }),
  z.refine((url) => URL.canParse(url) && new URL(url).username === "", {
    error: ({ input }) => urlProblem(String(input)),
    abort: true,
  }),
);

/** A field of a form. A form without JavaScript sends every field, and the empty ones, too. */
const formField = <Field extends z.core.$ZodType<unknown, string>>(field: Field) =>
  z.pipe(
    z.transform((value: unknown) => (value === "" ? undefined : value)),
    z.optional(field),
  );

/**
 * A request for a subscription: of an address or of a webhook. `components` and `regions` are
 * lists, repeated form fields `components[]`, or texts with commas; without them, the subscription
 * is for all. A form without JavaScript sends the other field empty.
 */
export const subscriptionInput = z.object({
  email: z.optional(formField(z.pipe(z.string().check(z.trim(), z.toLowerCase()), mailAddress))),
  webhook: z.optional(formField(webhookUrl)),
  components: listOf(component, component.options.length),
  regions: listOf(regionName, subscriptionRegionsMax),
});

export type SubscriptionInput = z.output<typeof subscriptionInput>;

/** Where a request for a subscription comes from. */
export interface SubscriptionOrigin {
  /** The client's IP address. */
  readonly address: string;
  /** The URL of the API that the client used, for the links in messages. */
  readonly api: string;
}

interface Deps {
  readonly mailQueue: ConfirmationQueue | undefined;
  readonly verifications: Pick<Verifications, "put">;
  readonly subscriptions: Pick<Subscriptions, "count">;
  readonly keys: Pick<NoticeKeys, "linkToken" | "signingSecret">;
  readonly rateLimiter: Pick<RateLimiter, "acquire">;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  /** This region, whose key the subscription uses. */
  readonly region: string;
  readonly now: () => number;
}

/** The result of a request. Of a webhook, its owner gets the secrets once. */
export type Requested =
  | { readonly kind: "email" }
  | {
      readonly kind: "webhook";
      readonly id: string;
      readonly signingSecret: string;
      readonly token: string;
    };

/**
 * Requests a subscription of the status page, or a contact of a product. Nothing is sent to the
 * subscriber before it is confirmed: an address by the link in a mail, a webhook by its answer to a
 * verification. The result does not depend on existing subscriptions. Fails with `invalid_request`,
 * with `too_many_requests`, with `refused` for an address if this deployment sends no mail, and
 * with `limit_reached` for a product with `contactsPerProductMax` contacts.
 */
export const requestSubscription = async (
  { email, webhook, components, regions }: SubscriptionInput,
  { address, api, product }: SubscriptionOrigin & { readonly product?: number },
  deps: Deps,
): Promise<Requested> => {
  const channel = channelOf({ email, webhook });
  checkRegions(regions, deps);
  await checkRate(channel, address, deps);
  const { mailQueue, now, region, subscriptions } = deps;
  const id = subscriptionId(channel, product);
  const wanted: UnconfirmedSubscription = {
    id,
    channel,
    components: [...new Set(components)],
    regions: [...new Set(regions)],
    ...(product !== undefined && { product }),
    api,
    key: region,
  };
  if (product !== undefined) await checkContacts(product, { subscriptions });
  if (channel.kind === "email") {
    if (mailQueue === undefined) throw mailDisabled("A subscription by mail");
    await mailQueue.send({ kind: "status-subscription", subscription: wanted, orderedAt: now() });
    return { kind: "email" };
  }
  await deps.verifications.put({ subscription: wanted, failed: 0, dueAt: now() });
  return {
    kind: "webhook",
    id,
    signingSecret: await deps.keys.signingSecret(wanted),
    token: await deps.keys.linkToken(wanted),
  };
};

const channelOf = ({ email, webhook }: Pick<SubscriptionInput, "email" | "webhook">): Channel => {
  if ((email === undefined) === (webhook === undefined)) {
    throw validationFailure(["email: give either an address, or the URL of a webhook in webhook"]);
  }
  if (email !== undefined) return { kind: "email", address: email };
  return { kind: "webhook", url: new URL(webhook ?? "").href };
};

const checkRegions = (wanted: readonly string[], { regions }: Pick<Deps, "regions">): void => {
  const unknown = wanted.filter((region) => !regions.includes(region));
  if (unknown.length > 0) {
    throw validationFailure([
      `regions: ${unknown.join(", ")} is not a region of this deployment: ${regions.join(", ")}`,
    ]);
  }
};

const clientLimit: RateLimit = {
  max: subscriptionsPerClientMax,
  intervalSeconds: subscriptionIntervalSeconds,
};
const hostLimit: RateLimit = {
  max: verificationsPerHostMax,
  intervalSeconds: verificationIntervalSeconds,
};
const webhooksLimit: RateLimit = {
  max: verificationsMax,
  intervalSeconds: subscriptionIntervalSeconds,
};

/** Mails have their own limits by recipient and in total, when they are sent. */
const checkRate = async (
  channel: Channel,
  address: string,
  { rateLimiter, now }: Deps,
): Promise<void> => {
  const counts: [subject: string, limit: RateLimit][] = [
    [`subscribe#${addressKey(address)}`, clientLimit],
  ];
  if (channel.kind === "webhook") {
    counts.push([`subscribe#host#${hostOf({ channel })}`, hostLimit]);
    counts.push(["subscribe#webhooks", webhooksLimit]);
  }
  for (const [subject, limit] of counts) {
    const waitSeconds = await rateLimiter.acquire(subject, now(), limit);
    if (waitSeconds === 0) continue;
    throw new Failure(`Too many requests. Try again in ${waitSeconds} s.`, {
      code: "too_many_requests",
      retryAfterSeconds: waitSeconds,
    });
  }
};

const checkContacts = async (
  product: number,
  { subscriptions }: Pick<Deps, "subscriptions">,
): Promise<void> => {
  const { all } = await subscriptions.count(contactPrefix(product));
  if (all >= contactsPerProductMax) {
    throw new Failure(`A product has up to ${contactsPerProductMax} contacts`, {
      code: "limit_reached",
    });
  }
};
