import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { RestFailure } from "../http/restFailure.ts";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import { readStateFile } from "../state/stateFile.ts";

/** Additional authenticated data of a ciphertext, required to decrypt it. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** The symmetric keys of this machine, each in a file that only its owner can read. */
export interface KeyRing {
  /** Returns the id of a resource's key, which is created on its first start. */
  create(resource: string): Promise<string>;
  /** Adds an alias of a key, such as `alias/mine`. */
  addAlias(alias: string, keyId: string): void;
  /** The aliases of a key. */
  aliasesOf(keyId: string): string[];
  /** The id of the key of a ciphertext, which may be malformed. */
  keyOf(ciphertext: Buffer): string;
  /** The id of a key, by its id, ARN or alias. Fails with `NotFoundException`. */
  find(idOrAlias: string): string;
  encrypt(keyId: string, plaintext: Buffer, context: EncryptionContext): Buffer;
  /**
   * Fails with `InvalidCiphertextException` when the key or the context differs, or the ciphertext
   * is malformed.
   */
  decrypt(ciphertext: Buffer, context: EncryptionContext): { keyId: string; plaintext: Buffer };
}

const storedKey = z.object({ id: z.uuid(), material: z.base64() });

const algorithm = "aes-256-gcm";
const idBytes = 36;
const nonceBytes = 12;
const tagBytes = 16;

/** Opens the key ring of a folder. */
export const openKeyRing = (folder: string): KeyRing => {
  const keys = new Map<string, Buffer>();
  const aliases = new Map<string, string>();
  return {
    async create(resource) {
      const file = join(folder, `${resource}.json`);
      const found = await readStateFile(file, storedKey);
      const key = found ?? { id: randomUUID(), material: randomBytes(32).toString("base64") };
      if (found === undefined) await writeFileAtomically(file, JSON.stringify(key));
      keys.set(key.id, Buffer.from(key.material, "base64"));
      return key.id;
    },

    addAlias(alias, keyId) {
      aliases.set(alias, keyId);
    },

    aliasesOf: (keyId) => [...aliases].flatMap(([alias, id]) => (id === keyId ? [alias] : [])),

    keyOf: (ciphertext) => ciphertext.subarray(0, idBytes).toString(),

    find(idOrAlias) {
      const name = idOrAlias.replace(/^arn:aws:kms:[^:]*:[^:]*:/, "").replace(/^key\//, "");
      const id = aliases.get(name) ?? name;
      if (keys.has(id)) return id;
      throw new RestFailure(`the key ${idOrAlias} does not exist`, {
        status: 400,
        code: "NotFoundException",
      });
    },

    encrypt(keyId, plaintext, context) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, material(keys, keyId), nonce);
      cipher.setAAD(asBytes(context));
      const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
      return Buffer.concat([Buffer.from(keyId), nonce, cipher.getAuthTag(), sealed]);
    },

    decrypt(ciphertext, context) {
      try {
        const keyId = ciphertext.subarray(0, idBytes).toString();
        const [nonceEnd, tagEnd] = [idBytes + nonceBytes, idBytes + nonceBytes + tagBytes];
        const nonce = ciphertext.subarray(idBytes, nonceEnd);
        const decipher = createDecipheriv(algorithm, material(keys, keyId), nonce, {
          authTagLength: tagBytes,
        });
        decipher.setAAD(asBytes(context)).setAuthTag(ciphertext.subarray(nonceEnd, tagEnd));
        const opened = decipher.update(ciphertext.subarray(tagEnd));
        return { keyId, plaintext: Buffer.concat([opened, decipher.final()]) };
      } catch {
        throw new RestFailure("the ciphertext cannot be decrypted", {
          status: 400,
          code: "InvalidCiphertextException",
        });
      }
    },
  };
};

const material = (keys: ReadonlyMap<string, Buffer>, keyId: string): Buffer => {
  const found = keys.get(keyId);
  if (found === undefined) throw new Error(`the key ${keyId} does not exist`);
  return found;
};

/** Canonical bytes of a context, independent of the order of its members. */
const asBytes = (context: EncryptionContext): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
