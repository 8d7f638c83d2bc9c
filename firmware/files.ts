import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type * as z from "zod/mini";
import {
  type Envelope,
  envelope,
  type PublicKey,
  publicKey,
  type SigningKey,
} from "#shared/firmware/signing/envelope.ts";
import { keyIdOf } from "#shared/firmware/signing/keyDocument.ts";
import { readInput } from "#shared/input/readInput.ts";
import { parseJson } from "#shared/platform/parseJson.ts";
import { UsageError } from "../admin/usageError.ts";

/** Only the owner of the file may read it. */
const privateMode = 0o600;
const othersMode = 0o077;

/** The public half of an Ed25519 key. */
const publicOf = (raw: Buffer): PublicKey => {
  const text = raw.toString("base64");
  return { id: keyIdOf(text), public: text };
};

/**
 * Creates a key in a folder: `key.pem`, which only its owner may read, and `key.pub.json`. Fails if
 * the folder has one of the files, or one of `others`.
 */
export const newKeyFile = async (
  folder: string,
  others: readonly string[] = [],
): Promise<SigningKey & { own: PublicKey; path: string }> => {
  const path = join(folder, "key.pem");
  const shared = join(folder, "key.pub.json");
  // Before the key exists: a key without its document would be useless, and confusing.
  for (const each of [path, shared, ...others]) await requireNew(each);
  const { privateKey, publicKey: made } = generateKeyPairSync("ed25519");
  const { x = "" } = made.export({ format: "jwk" });
  const own = publicOf(Buffer.from(x, "base64url"));
  await writeNew(path, privateKey.export({ format: "pem", type: "pkcs8" }), privateMode);
  await writeNew(shared, `${JSON.stringify(own)}\n`);
  return { id: own.id, key: privateKey, own, path };
};

const requireNew = async (path: string): Promise<void> => {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw alreadyThere(path);
};

const alreadyThere = (path: string, cause?: unknown): UsageError =>
  new UsageError(`${path} exists already, and nothing is overwritten: name another one.`, {
    cause,
  });

/** Reads a private key. Fails if others may read its file, or if it is not an Ed25519 key. */
export const readKey = async (path: string): Promise<SigningKey> => {
  const { mode } = await found(path, stat(path));
  if (process.platform !== "win32" && (mode & othersMode) !== 0) {
    throw new UsageError(`Other users of this machine may read ${path}: chmod 600 ${path}`);
  }
  try {
    const key = createPrivateKey(await readFile(path));
    const { crv, x = "" } = createPublicKey(key).export({ format: "jwk" });
    if (crv !== "Ed25519") throw new Error("it is of another kind");
    return { id: publicOf(Buffer.from(x, "base64url")).id, key };
  } catch (cause) {
    throw new UsageError(
      `${path} is not an Ed25519 private key in PEM: npm run firmware -- keys new`,
      {
        cause,
      },
    );
  }
};

/** Reads the private keys of an option. Fails without one. */
export const readKeys = async (paths: readonly string[] | undefined): Promise<SigningKey[]> => {
  if (paths === undefined) throw new UsageError("--key is missing: the file of a private key.");
  return Promise.all(paths.map(readKey));
};

/** Reads the public key of another person. */
export const readPublicKey = async (path: string): Promise<PublicKey> => {
  const key = await readJson(path, publicKey);
  if (keyIdOf(key.public) !== key.id)
    throw new UsageError(`${path}: the id is not that of the key.`);
  return key;
};

/** Reads an envelope from a file of JSON. */
export const readEnvelope = (path: string): Promise<Envelope> => readJson(path, envelope);

const readJson = async <Schema extends z.core.$ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> => {
  const text = (await readBytes(path)).toString("utf8");
  try {
    return readInput(schema, parseJson(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${path}: ${reason}`, { cause });
  }
};

/** Reads a file. */
export const readBytes = (path: string): Promise<Buffer> => found(path, readFile(path));

const found = async <Found>(path: string, reading: Promise<Found>): Promise<Found> => {
  try {
    return await reading;
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: does it exist?`, { cause });
  }
};

/** Writes a new file, with its folder. Fails if it exists: nothing is overwritten. */
export const writeNew = async (
  path: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, content, { flag: "wx", mode });
  } catch (cause) {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    throw isThere ? alreadyThere(path, cause) : cause;
  }
};

/** Replaces a file that this command has read. */
export const rewrite = (path: string, content: string | Uint8Array): Promise<void> =>
  writeFile(path, content);

/** An envelope as a file. */
export const textOf = (signed: Envelope): string => `${JSON.stringify(signed)}\n`;
