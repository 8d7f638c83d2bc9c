import type { SealedKeys } from "#shared/notice/subscription/noticeKeys.ts";
import {
  hostOf,
  type PendingSubscriptions,
  type Subscription,
  type Subscriptions,
  type Verification,
  type Verifications,
} from "#shared/notice/subscription/subscription.ts";

/** Confirmed subscriptions in memory. */
export const memorySubscriptions = (): Subscriptions => {
  const byId = new Map<string, Subscription>();
  const withPrefix = (prefix: string): Subscription[] =>
    [...byId.values()]
      .filter(({ id }) => id.startsWith(prefix))
      .sort((one, other) => (one.id < other.id ? -1 : 1));
  return {
    find: async (id) => byId.get(id),
    async put(subscription) {
      byId.set(subscription.id, subscription);
    },
    remove: async (id) => byId.delete(id),
    async page({ prefix = "", limit, after = "" }) {
      const rest = withPrefix(prefix).filter(({ id }) => id > after);
      const subscriptions = rest.slice(0, limit);
      const next = subscriptions.at(-1)?.id;
      return { subscriptions, ...(rest.length > limit && next !== undefined && { next }) };
    },
    async count(prefix, host) {
      const all = withPrefix(prefix);
      const ofHost = all.filter((one) => host !== undefined && hostOf(one) === host);
      return { all: all.length, ofHost: ofHost.length };
    },
  };
};

/** Pending subscriptions in memory. */
export const memoryPendingSubscriptions = (
  now: () => number,
): PendingSubscriptions & { readonly hashes: () => string[] } => {
  const byHash = new Map<string, NonNullable<Awaited<ReturnType<PendingSubscriptions["find"]>>>>();
  return {
    hashes: () => [...byHash.keys()],
    async add(hash, subscription, expiresAt) {
      byHash.set(hash, { subscription, expiresAt });
    },
    async find(hash) {
      const found = byHash.get(hash);
      return found !== undefined && found.expiresAt > now() ? found : undefined;
    },
    async remove(hash) {
      byHash.delete(hash);
    },
  };
};

/** Verifications in memory. */
export const memoryVerifications = (): Verifications => {
  const byId = new Map<string, Verification>();
  return {
    async put(verification) {
      byId.set(verification.subscription.id, verification);
    },
    find: async (id) => byId.get(id),
    list: async (max) => [...byId.values()].slice(0, max),
    async remove(id) {
      byId.delete(id);
    },
  };
};

/** Encrypted keys in memory. */
export const memorySealedKeys = (): SealedKeys => {
  const byId = new Map<string, string>();
  return {
    find: async (id) => byId.get(id),
    async add(id, sealed) {
      const stored = byId.get(id) ?? sealed;
      byId.set(id, stored);
      return stored;
    },
  };
};
