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
  /** This region, whose key has its name. */
  readonly region: string;
  readonly sealedKeys: SealedKeys;
  readonly secrets: Pick<Secrets, "seal" | "open">;
}

const keyBytes = 32;
/** The context of the encryption. */
const contextOf = (id: string): string => `notice key ${id}`;

/** Derives the tokens of links and the secrets of webhooks from the id of a subscription. */
export interface NoticeKeys {
  /** Creates the key of this region unless it exists. */
  prepare(): Promise<void>;
  /**
   * Returns the token of the links of a subscription: its id and a message authentication code, so
   * that no token is stored. Creates the key of this region if it does not exist, and fails with
   * `unavailable` while the key of another region does not.
   */
  linkToken(subscription: { readonly id: string; readonly key: string }): Promise<string>;
  /** Whether a token belongs to the subscription. A key that does not exist is not created. */
  isLinkToken(
    token: string,
    subscription: { readonly id: string; readonly key: string },
  ): Promise<boolean>;
  /** The secret that signs the requests to the webhook, in the format of Standard Webhooks. */
  signingSecret(subscription: { readonly id: string; readonly key: string }): Promise<string>;
}

/**
 * Opens the keys. Each region creates its own key only: of two keys that two regions create at the
 * same time, replication would keep one, and the links and signatures of the other would be
 * invalid. Fails with `unavailable` while a key cannot be decrypted.
 */
export const openNoticeKeys = ({ region, sealedKeys, secrets }: Deps): NoticeKeys => {
  const opened = new Map<string, Promise<Buffer | undefined>>();
  const read = async (id: string): Promise<Buffer | undefined> => {
    const sealed = await sealedKeys.find(id);
    return sealed === undefined ? undefined : unseal(sealed, id);
  };
  const unseal = async (sealed: string, id: string): Promise<Buffer> =>
    Buffer.from(await secrets.open(sealed, contextOf(id)), "base64");
  const create = async (id: string): Promise<string> =>
    sealedKeys.add(id, await secrets.seal(randomBytes(keyBytes).toString("base64"), contextOf(id)));
  /** The key, if it exists. Only a key that exists is remembered. */
  const findKey = (id: string): Promise<Buffer | undefined> => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const pending = read(id);
    opened.set(id, pending);
    const forget = () => opened.delete(id);
    pending.then((key) => key ?? forget(), forget);
    return pending;
  };
  const keyOf = async (id: string): Promise<Buffer> => {
    const found = await findKey(id);
    if (found !== undefined) return found;
    if (id === region) return unseal(await create(id), id);
    throw new Failure(`the key of ${id} for notices is not in ${region} yet`, {
      code: "unavailable",
    });
  };
  let isPrepared = false;
  const derive = (key: Buffer, purpose: string, id: string): Buffer =>
    createHmac("sha256", key).update(`${purpose} ${id}`).digest();
  const tokenOf = (key: Buffer, id: string): string =>
    `${id}.${derive(key, "link", id).toString("base64url")}`;
  return {
    async prepare() {
      if (!isPrepared && (await sealedKeys.find(region)) === undefined) await create(region);
      isPrepared = true;
    },
    linkToken: async ({ id, key }) => tokenOf(await keyOf(key), id),
    async isLinkToken(token, { id, key: name }) {
      const key = await findKey(name);
      if (key === undefined) return false;
      const [given, expected] = [Buffer.from(token), Buffer.from(tokenOf(key, id))];
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    signingSecret: async ({ id, key }) =>
      `whsec_${derive(await keyOf(key), "webhook", id).toString("base64")}`,
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
