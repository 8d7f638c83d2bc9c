import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import * as z from "zod/mini";
import { asError } from "../../platform/asError.ts";
import { BoundedMap } from "../../platform/boundedMap.ts";
import { Failure } from "../../platform/failure.ts";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { dataKeyAgeMsMax, dataKeysCachedMax, wrapRetryMs } from "../../platform/limits.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { Secrets } from "../../platform/secrets.ts";
import { failFast, standardRetry } from "./clients.ts";

/** A text as it lies in a table, with its data key under the key of each region. */
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
  /** The key, by its alias: it has the same one in every region. */
  readonly key: string;
  readonly region: string;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
  /**
   * `little` where a worker has other work: another region is asked, or the message stays in its
   * queue.
   */
  readonly retry?: "failFast";
  /** Called when a secret lacks the key of a region, because that region cannot be asked now. */
  readonly onIncomplete: (region: string, error: unknown) => void;
}

const algorithm = "aes-256-gcm";
/** KMS writes it into its log with each use. */
const EncryptionContext = { purpose: "godwit secrets" };

/**
 * Secrets under data keys, and data keys under the KMS key of every region: docs/adr/0013. A data
 * key is remembered, so KMS is asked once by each worker and not for each secret.
 */
export const kmsSecrets = ({ key: KeyId, region, regions, now, ...options }: Options): Secrets => {
  const { onIncomplete } = options;
  const waiting = options.retry === "failFast" ? failFast : standardRetry;
  const clients = new Map<string, KMSClient>();
  const kmsIn = (where: string): KMSClient => {
    const client = clients.get(where) ?? new KMSClient({ ...waiting, region: where });
    clients.set(where, client);
    return client;
  };

  const { wrapped, lacking, askable } = wrapping({ KeyId, regions, kmsIn, now, onIncomplete });

  const newDataKey = async (): Promise<DataKey> => {
    const command = new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext });
    const { Plaintext, CiphertextBlob } = await kmsIn(region).send(command);
    if (Plaintext === undefined || CiphertextBlob === undefined) throw new Error("KMS gave no key");
    const others = regions.filter((one) => one !== region);
    const more = await Promise.all(others.map((other) => wrapped(Plaintext, other)));
    const own = Buffer.from(CiphertextBlob).toString("base64");
    return { plaintext: Plaintext, wrapped: Object.fromEntries([[region, own], ...more.flat()]) };
  };

  const unwrap = async (keys: WrappedKeys): Promise<Uint8Array> => {
    // This region's first: any other may be gone.
    const wheres = Object.keys(keys).sort((a, b) => Number(b === region) - Number(a === region));
    let cause: Error | undefined;
    for (const where of wheres) {
      try {
        const CiphertextBlob = Buffer.from(keys[where] ?? "", "base64");
        const command = new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext });
        const { Plaintext } = await kmsIn(where).send(command);
        if (Plaintext !== undefined) return Plaintext;
      } catch (error) {
        cause ??= asError(error);
      }
    }
    throw new Failure("a secret cannot be opened now", { code: "unavailable", cause });
  };

  /**
   * The wrapped keys of a data key with those of the regions that it lacks, as far as they can be
   * asked.
   */
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
  readonly KeyId: string;
  readonly kmsIn: (region: string) => KMSClient;
}

/**
 * Wraps data keys under the keys of regions, and leaves a region alone for a while after it did
 * not.
 */
const wrapping = ({ KeyId, regions, kmsIn, now, onIncomplete }: WrappingDeps) => {
  /** At most one entry for each region. */
  const pausedUntil = new Map<string, number>();
  const lacking = (keys: WrappedKeys): string[] => regions.filter((one) => !(one in keys));
  const askable = (where: string): boolean =>
    !isUnexpired(pausedUntil.get(where) ?? 0, { now: now(), ms: wrapRetryMs });

  const wrapped = async (Plaintext: Uint8Array, where: string): Promise<[string, string][]> => {
    try {
      const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext });
      const { CiphertextBlob = new Uint8Array() } = await kmsIn(where).send(command);
      return [[where, Buffer.from(CiphertextBlob).toString("base64")]];
    } catch (error) {
      // That region asks another one when it opens the secret, until the secret is completed.
      pausedUntil.set(where, now() + wrapRetryMs);
      onIncomplete(where, error);
      return [];
    }
  };
  return { wrapped, lacking, askable };
};

/** Whether a region can open a sealed secret with its own key. */
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

/**
 * One data key seals what comes within `dataKeyAgeMsMax`; one that lacks a region, within a shorter
 * time.
 */
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

/**
 * Rows that are sealed under one data key, and read at once, are completed with one request to each
 * region.
 */
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
