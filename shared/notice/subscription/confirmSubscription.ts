import { hashToken, newTokenText } from "../../account/token/token.ts";
import { hourMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import {
  confirmationHours,
  contactsPerProductMax,
  subscriptionsMax,
  webhooksPerHostMax,
} from "../limits.ts";
import { type NoticeKeys, subscriptionOfToken } from "./noticeKeys.ts";
import {
  contactPrefix,
  hostOf,
  type PendingSubscriptions,
  type Subscription,
  type Subscriptions,
  subscriberPrefix,
  type UnconfirmedSubscription,
  type Verifications,
} from "./subscription.ts";

/**
 * Stores a subscription that its owner has not confirmed, and returns the token of the link that
 * confirms it. Only the hash of the token is stored, for `confirmationHours`.
 */
export const addPendingSubscription = async (
  subscription: UnconfirmedSubscription,
  { pending, now }: { pending: Pick<PendingSubscriptions, "add">; now: () => number },
): Promise<string> => {
  const text = newTokenText();
  await pending.add(hashToken(text), subscription, now() + confirmationHours * hourMs);
  return text;
};

interface ConfirmDeps {
  readonly pending: PendingSubscriptions;
  readonly subscriptions: Subscriptions;
  readonly now: () => number;
}

/**
 * The subscription that the token of a mailed link confirms. Fails with `invalid_grant` for an
 * unknown or expired token.
 */
export const findPending = async (
  token: string,
  {
    pending,
    now,
  }: Pick<ConfirmDeps, "now"> & { readonly pending: Pick<PendingSubscriptions, "find"> },
): Promise<UnconfirmedSubscription> => {
  const found = await pending.find(hashToken(token));
  if (found !== undefined && found.expiresAt > now()) return found.subscription;
  throw new Failure("The link is invalid or has expired. Subscribe again", {
    code: "invalid_grant",
  });
};

/**
 * Confirms a subscription by the token of a mailed link. A repeated confirmation has the same
 * result until the token expires. Fails with `invalid_grant` for an unknown or expired token, and
 * with `limit_reached`.
 */
export const confirmSubscription = async (
  token: string,
  deps: ConfirmDeps,
): Promise<Subscription> => activate(await findPending(token, deps), deps);

/**
 * Activates a confirmed subscription; it replaces an earlier one with its id. Fails with
 * `limit_reached`.
 */
export const activate = async (
  wanted: UnconfirmedSubscription,
  { subscriptions, now }: Pick<ConfirmDeps, "subscriptions" | "now">,
): Promise<Subscription> => {
  const known = await subscriptions.find(wanted.id);
  if (known === undefined) await checkRoom(wanted, { subscriptions });
  const active = { ...wanted, confirmedAt: known?.confirmedAt ?? now() };
  await subscriptions.put(active);
  return active;
};

const checkRoom = async (
  wanted: UnconfirmedSubscription,
  { subscriptions }: Pick<ConfirmDeps, "subscriptions">,
): Promise<void> => {
  const { product } = wanted;
  const host = hostOf(wanted);
  const prefix = product === undefined ? subscriberPrefix : contactPrefix(product);
  const max = product === undefined ? subscriptionsMax : contactsPerProductMax;
  const { all, ofHost } = await subscriptions.count(prefix, host);
  if (all >= max) {
    throw new Failure(`The maximum of ${max} subscriptions is reached`, { code: "limit_reached" });
  }
  if (product === undefined && ofHost >= webhooksPerHostMax) {
    throw new Failure(`${host} has ${webhooksPerHostMax} webhooks, the maximum of one host`, {
      code: "limit_reached",
    });
  }
};

interface LinkDeps {
  readonly subscriptions: Pick<Subscriptions, "find" | "remove">;
  readonly verifications: Pick<Verifications, "find" | "remove">;
  readonly keys: Pick<NoticeKeys, "isLinkToken">;
  /** All regions of the deployment: each has a key. */
  readonly regions: readonly string[];
}

/**
 * The subscription, or the unverified webhook, that the token of a link belongs to. `undefined` if
 * it has ended. Fails with `invalid_request` for a text that is no token, and with `invalid_grant`
 * for a token that this deployment has not made. The id of an address can be calculated, so that a
 * forged token must not show whether the address is subscribed: its answer, and the reads before
 * it, are the same.
 */
export const findByToken = async (
  token: string,
  { subscriptions, verifications, keys, regions }: LinkDeps,
): Promise<{ subscription: UnconfirmedSubscription; isActive: boolean } | undefined> => {
  const id = subscriptionOfToken(token);
  const [active, unverified] = await Promise.all([subscriptions.find(id), verifications.find(id)]);
  const subscription = active ?? unverified?.subscription;
  // The key of a region that the deployment has left is known from its subscriptions only.
  const names = new Set([...regions, ...(subscription === undefined ? [] : [subscription.key])]);
  const made = await Promise.all([...names].map((key) => keys.isLinkToken(token, { id, key })));
  if (!made.includes(true)) throw new Failure("The link is invalid", { code: "invalid_grant" });
  return subscription && { subscription, isActive: active !== undefined };
};

/** Ends a subscription by the token of a link. The result is the same if it has ended before. */
export const unsubscribe = async (token: string, deps: LinkDeps): Promise<void> => {
  const found = await findByToken(token, deps);
  if (found === undefined) return;
  await deps.verifications.remove(found.subscription.id);
  await deps.subscriptions.remove(found.subscription.id);
};
