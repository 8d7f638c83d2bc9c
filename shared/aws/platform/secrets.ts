import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { asError } from "../../platform/asError.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { dataKeyAgeMsMax, dataKeysCachedMax, wrapRetryMs } from "../../platform/limits.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { Secrets } from "../../platform/secrets.ts";
import { type KeyClient, openKeyClient } from "../call/kms.ts";
import { failFast, standardRetry } from "./clients.ts";

/** An encrypted text as stored, with its data key encrypted by the KMS key of each region. */
const envelope = z.object({
  keys: z.record(z.string(), z.string()),
  nonce: z.string(),
  tag: z.string(),
  sealed: z.string(),
});

type WrappedKeys = z.output<typeof envelope>["keys"];

interface DataKey {
  readonly plaintext: Uint8Array;
  readonly wrapped: WrappedKeys;
}

interface Options {
  /** The alias of the KMS key, the same in every region. */
  readonly key: string;
  readonly region: string;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
  /**
   * `failFast` for workers with other work: another region is tried, or the message stays in its
   * queue.
   */
  readonly retry?: "failFast";
  /** Called when a secret lacks the key of a region because that region is not accessible. */
  readonly onIncomplete: (region: string, error: unknown) => void;
}

const algorithm = "aes-256-gcm";
/** KMS logs it with each use. */
const EncryptionContext = { purpose: "godwit secrets" };

/**
 * Envelope encryption: secrets are encrypted with data keys, and data keys with the KMS key of
 * every region (docs/adr/0013). Data keys are cached, so that each worker rarely calls KMS.
 */
export const kmsSecrets = ({ key: KeyId, region, regions, now, ...options }: Options): Secrets => {
  const { onIncomplete } = options;
  const waiting = options.retry === "failFast" ? failFast : standardRetry;
  const clients = new Map<string, KeyClient>();
  const keyIn = (where: string): KeyClient => {
    const client =
      clients.get(where) ?? openKeyClient({ KeyId, EncryptionContext }, waiting, where);
    clients.set(where, client);
    return client;
  };

  const { wrapped, lacking, askable } = wrapping({ regions, keyIn, now, onIncomplete });

  const newDataKey = async (): Promise<DataKey> => {
    const { plaintext, ciphertext } = await keyIn(region).generateDataKey();
    const others = regions.filter((one) => one !== region);
    const more = await Promise.all(others.map((other) => wrapped(plaintext, other)));
    const own = Buffer.from(ciphertext).toString("base64");
    return { plaintext, wrapped: Object.fromEntries([[region, own], ...more.flat()]) };
  };

  const unwrap = async (keys: WrappedKeys): Promise<Uint8Array> => {
    // This region first: others may be unavailable.
    const wheres = Object.keys(keys).sort((a, b) => Number(b === region) - Number(a === region));
    let cause: Error | undefined;
    for (const where of wheres) {
      try {
        return await keyIn(where).decrypt(Buffer.from(keys[where] ?? "", "base64"));
      } catch (error) {
        cause ??= asError(error);
      }
    }
    throw new Failure("a secret cannot be decrypted at the moment", { code: "unavailable", cause });
  };

  /** Adds the keys of missing regions to a data key, as far as these regions are accessible. */
  const complete = async (keys: WrappedKeys): Promise<WrappedKeys> => {
    const wheres = lacking(keys).filter(askable);
    if (wheres.length === 0) return keys;
    const plaintext = await unwrapped(keys);
    const more = await Promise.all(wheres.map((where) => wrapped(plaintext, where)));
    return { ...keys, ...Object.fromEntries(more.flat()) };
  };

  const usedMs = ({ wrapped: keys }: DataKey): number =>
    lacking(keys).length === 0 ? dataKeyAgeMsMax : wrapRetryMs;
  const dataKey = reuseDataKey(newDataKey, { now, usedMs });
  const unwrapped = cacheDataKeys(unwrap);
  const completed = deduplicate(complete);
  return {
    async seal(text, context) {
      const { plaintext, wrapped: keys } = await dataKey();
      return JSON.stringify({ keys, ...encrypt(plaintext, text, context) });
    },
    async open(sealed, context) {
      const { keys, ...parts } = envelope.parse(parseJson(sealed));
      return decrypt(await unwrapped(keys), parts, context);
    },
    async complete(sealed) {
      const { data } = envelope.safeParse(parseJson(sealed));
      if (data === undefined || !lacking(data.keys).some(askable)) return undefined;
      const keys = await completed(data.keys).catch(() => data.keys);
      const some = Object.keys(keys).length > Object.keys(data.keys).length;
      return some ? JSON.stringify({ ...data, keys }) : undefined;
    },
  };
};

interface WrappingDeps extends Pick<Options, "regions" | "now" | "onIncomplete"> {
  readonly keyIn: (region: string) => KeyClient;
}

/** Encrypts data keys with the keys of regions, and pauses for a region after a failure. */
const wrapping = ({ regions, keyIn, now, onIncomplete }: WrappingDeps) => {
  /** At most one entry per region. */
  const pausedUntil = new Map<string, number>();
  const lacking = (keys: WrappedKeys): string[] => regions.filter((one) => !(one in keys));
  const askable = (where: string): boolean =>
    !isUnexpired(pausedUntil.get(where) ?? 0, { now: now(), ms: wrapRetryMs });

  const wrapped = async (plaintext: Uint8Array, where: string): Promise<[string, string][]> => {
    try {
      const ciphertext = await keyIn(where).encrypt(plaintext);
      return [[where, Buffer.from(ciphertext).toString("base64")]];
    } catch (error) {
      // Until the secret is completed, that region uses another one to decrypt it.
      pausedUntil.set(where, now() + wrapRetryMs);
      onIncomplete(where, error);
      return [];
    }
  };
  return { wrapped, lacking, askable };
};

/** Whether a region can decrypt a secret with its own key. */
export const isSealedFor = (sealed: string, region: string): boolean =>
  region in (envelope.safeParse(parseJson(sealed)).data?.keys ?? {});

const encrypt = (key: Uint8Array, text: string, context: string) => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv(algorithm, key, nonce).setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const base64 = (bytes: Buffer) => bytes.toString("base64");
  return { nonce: base64(nonce), tag: base64(cipher.getAuthTag()), sealed: base64(sealed) };
};

const decrypt = (
  key: Uint8Array,
  { nonce, tag, sealed }: Omit<z.output<typeof envelope>, "keys">,
  context: string,
): string => {
  const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, "base64"), {
    authTagLength: 16,
  });
  decipher.setAAD(Buffer.from(context)).setAuthTag(Buffer.from(tag, "base64"));
  const opened = decipher.update(Buffer.from(sealed, "base64"));
  return Buffer.concat([opened, decipher.final()]).toString("utf8");
};

/** Reuses a data key for `dataKeyAgeMsMax`; for a shorter time if it lacks a region. */
const reuseDataKey = (
  make: () => Promise<DataKey>,
  { now, usedMs }: { now: () => number; usedMs: (key: DataKey) => number },
) => {
  let last: { key: Promise<DataKey>; since: number } | undefined;
  return async (): Promise<DataKey> => {
    if (last !== undefined) {
      const used = last;
      const key = await used.key.catch(() => undefined);
      const ms = key === undefined ? 0 : usedMs(key);
      if (key !== undefined && isUnexpired(used.since + ms, { now: now(), ms })) return key;
      if (last === used) last = undefined;
    }
    last ??= { key: make(), since: now() };
    return last.key;
  };
};

/** Deduplicates concurrent completions of one data key: one request per region. */
const deduplicate = (complete: (keys: WrappedKeys) => Promise<WrappedKeys>) => {
  const underWay = new Map<string, Promise<WrappedKeys>>();
  return (keys: WrappedKeys): Promise<WrappedKeys> => {
    const name = Object.values(keys).join();
    const completing = underWay.get(name) ?? complete(keys).finally(() => underWay.delete(name));
    underWay.set(name, completing);
    return completing;
  };
};

const cacheDataKeys = (unwrap: (keys: WrappedKeys) => Promise<Uint8Array>) => {
  const known = new BoundedMap<string, Promise<Uint8Array>>(dataKeysCachedMax);
  return async (keys: WrappedKeys): Promise<Uint8Array> => {
    const name = Object.values(keys).join();
    const opening = known.get(name) ?? unwrap(keys);
    known.set(name, opening);
    try {
      return await opening;
    } catch (error) {
      if (known.get(name) === opening) known.delete(name);
      throw error;
    }
  };
};
