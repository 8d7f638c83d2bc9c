import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import * as z from "zod/mini";
import { asError } from "../asError.ts";
import { Failure } from "../failure.ts";
import { lasts } from "../lasts.ts";
import { dataKeysRememberedMax, dataKeyUsedMs } from "../limits.ts";
import { parseJson } from "../parseJson.ts";
import type { Secrets } from "../ports.ts";
import { impatience, patience } from "./clients.ts";

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
  /** `little` where a worker has other work: another region is asked, or the message stays in its queue. */
  readonly patience?: "little";
}

const algorithm = "aes-256-gcm";
/** KMS writes it into its log with each use. */
const EncryptionContext = { purpose: "godwit secrets" };

/**
 * Secrets under data keys, and data keys under the KMS key of every region: docs/adr/0013. A data key is
 * remembered, so KMS is asked once by each worker and not for each secret.
 */
export const kmsSecrets = ({ key: KeyId, region, regions, now, ...options }: Options): Secrets => {
  const waiting = options.patience === "little" ? impatience : patience;
  const clients = new Map<string, KMSClient>();
  const kmsIn = (where: string): KMSClient => {
    const client = clients.get(where) ?? new KMSClient({ ...waiting, region: where });
    clients.set(where, client);
    return client;
  };

  const wrapped = async (Plaintext: Uint8Array, where: string): Promise<[string, string][]> => {
    try {
      const command = new EncryptCommand({ KeyId, Plaintext, EncryptionContext });
      const { CiphertextBlob = new Uint8Array() } = await kmsIn(where).send(command);
      return [[where, Buffer.from(CiphertextBlob).toString("base64")]];
    } catch {
      // A region that cannot be asked now asks another one when it opens the secret.
      return [];
    }
  };

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

  const dataKey = rememberLast(newDataKey, now);
  const unwrapped = rememberMany(unwrap);
  return {
    async seal(text, context) {
      const { plaintext, wrapped: keys } = await dataKey();
      return JSON.stringify({ keys, ...encrypt(plaintext, text, context) });
    },
    async open(sealed, context) {
      const { keys, ...parts } = envelope.parse(parseJson(sealed));
      return decrypt(await unwrapped(keys), parts, context);
    },
  };
};

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

/** One data key seals what comes within `dataKeyUsedMs`. */
const rememberLast = (make: () => Promise<DataKey>, now: () => number) => {
  let last: { key: Promise<DataKey>; until: number } | undefined;
  return async (): Promise<DataKey> => {
    if (last === undefined || !lasts(last.until, { now: now(), ms: dataKeyUsedMs })) {
      last = { key: make(), until: now() + dataKeyUsedMs };
    }
    const used = last;
    try {
      return await used.key;
    } catch (error) {
      if (last === used) last = undefined;
      throw error;
    }
  };
};

const rememberMany = (unwrap: (keys: WrappedKeys) => Promise<Uint8Array>) => {
  const known = new Map<string, Promise<Uint8Array>>();
  return async (keys: WrappedKeys): Promise<Uint8Array> => {
    const name = Object.values(keys).join();
    const opening = known.get(name) ?? unwrap(keys);
    known.delete(name);
    known.set(name, opening);
    const [oldest] = known.keys();
    if (known.size > dataKeysRememberedMax && oldest !== undefined) known.delete(oldest);
    try {
      return await opening;
    } catch (error) {
      if (known.get(name) === opening) known.delete(name);
      throw error;
    }
  };
};
