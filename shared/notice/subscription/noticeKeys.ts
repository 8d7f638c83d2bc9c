import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Failure } from "../../platform/failure.ts";
import type { Secrets } from "../../platform/secrets.ts";

/** Encrypted keys by id. Keys are written once. */
export interface SealedKeys {
  find(id: string): Promise<string | undefined>;
  /** Stores a key unless there is one, and returns the stored key. */
  add(id: string, sealed: string): Promise<string>;
}

interface Deps {
  readonly sealedKeys: SealedKeys;
  readonly secrets: Pick<Secrets, "seal" | "open">;
}

const keyBytes = 32;
/** The context of the encryption. */
const contextOf = (id: string): string => `notice key ${id}`;

/** Derives the tokens of links and the secrets of webhooks from the id of a subscription. */
export interface NoticeKeys {
  /**
   * Returns the token of the links of a subscription: its id and a message authentication code, so
   * that no token is stored. Creates the key if it does not exist.
   */
  linkToken(subscription: { readonly id: string; readonly key: string }): Promise<string>;
  /** Whether a token belongs to the subscription. */
  isLinkToken(
    token: string,
    subscription: { readonly id: string; readonly key: string },
  ): Promise<boolean>;
  /** The secret that signs the requests to the webhook, in the format of Standard Webhooks. */
  signingSecret(subscription: { readonly id: string; readonly key: string }): Promise<string>;
}

/**
 * Opens the keys. Each region creates its own key when it needs the first one, so that two regions
 * never create the same. Fails with `unavailable` while a key cannot be decrypted.
 */
export const openNoticeKeys = ({ sealedKeys, secrets }: Deps): NoticeKeys => {
  const opened = new Map<string, Promise<Buffer>>();
  const read = async (id: string): Promise<Buffer> => {
    const known = await sealedKeys.find(id);
    const sealed = known ?? (await create(id));
    return Buffer.from(await secrets.open(sealed, contextOf(id)), "base64");
  };
  const create = async (id: string): Promise<string> =>
    sealedKeys.add(id, await secrets.seal(randomBytes(keyBytes).toString("base64"), contextOf(id)));
  const keyOf = (id: string): Promise<Buffer> => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const pending = read(id);
    opened.set(id, pending);
    pending.catch(() => opened.delete(id));
    return pending;
  };
  const derive = async (
    { id, key }: { readonly id: string; readonly key: string },
    purpose: string,
  ): Promise<Buffer> =>
    createHmac("sha256", await keyOf(key))
      .update(`${purpose} ${id}`)
      .digest();
  const linkToken: NoticeKeys["linkToken"] = async (subscription) =>
    `${subscription.id}.${(await derive(subscription, "link")).toString("base64url")}`;
  return {
    linkToken,
    async isLinkToken(token, subscription) {
      const [given, expected] = [Buffer.from(token), Buffer.from(await linkToken(subscription))];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    signingSecret: async (subscription) =>
      `whsec_${(await derive(subscription, "webhook")).toString("base64")}`,
  };
};

/** The id of the subscription that a token belongs to. Fails with `invalid_request`. */
export const subscriptionOfToken = (token: string): string => {
  const [id = "", code = ""] = token.split(".");
  if (!/^(s|p\d{1,16})-[0-9a-f]{24}$/.test(id) || !/^[\w-]{43}$/.test(code)) {
    throw new Failure("token: must be the token of a link from a message", {
      code: "invalid_request",
    });
  }
  return id;
};
