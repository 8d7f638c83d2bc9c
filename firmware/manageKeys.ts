import { join } from "node:path";
import { keyDocumentsMax, signingKeysMax } from "#shared/firmware/limits.ts";
import { addSignatures, signEnvelope, signersOf } from "#shared/firmware/signing/envelope.ts";
import {
  type KeyDocument,
  keyDocumentType,
  readKeyDocument,
} from "#shared/firmware/signing/keyDocument.ts";
import { UsageError } from "../admin/usageError.ts";
import {
  newKeyFile,
  readEnvelope,
  readKeys,
  readPublicKey,
  rewrite,
  textOf,
  writeNew,
} from "./files.ts";
import { expiryOf, numberOf, type Options, required } from "./readArguments.ts";

const productMax = 999_999_999;

const documentIn = (folder: string, number: number): string => join(folder, `keys-${number}.json`);

const publicKeys = (paths: readonly string[] = []) => Promise.all(paths.map(readPublicKey));

const thresholdOf = ({ threshold = "1" }: Options): number =>
  numberOf("threshold", threshold, signingKeysMax);

const expiresOf = ({ expires }: Options, now: number) =>
  expires === undefined ? {} : { expires: expiryOf(expires, now) };

/** A new key and the first key document of a product. */
export const newKeys = async (options: Options, now: number): Promise<string> => {
  const product = numberOf("product", required(options, "product"), productMax);
  const folder = required(options, "out");
  const threshold = thresholdOf(options);
  const expires = expiresOf(options, now);
  const others = await publicKeys(options.public);
  requireKeys(threshold, others.length + 1);
  const { own, path, ...key } = await newKeyFile(folder, [documentIn(folder, 1)]);
  const document: KeyDocument = {
    product,
    number: 1,
    threshold,
    keys: [own, ...others],
    ...expires,
  };
  return store({ folder, document, lines: [`private key: ${path}`], keys: [key] });
};

/** A new key alone. */
export const addKey = async (options: Options): Promise<string> => {
  const { path } = await newKeyFile(required(options, "out"));
  const shared = path.replace(/\.pem$/, ".pub.json");
  return `private key: ${path}\npublic key: ${shared} (for the person who makes the key document)`;
};

/** A new key, and the key document that follows another one. */
export const rotateKeys = async (options: Options, now: number): Promise<string> => {
  const before = readKeyDocument(await readEnvelope(required(options, "document")));
  const folder = required(options, "out");
  const signing = await readKeys(options.key);
  const unknown = signing.find(({ id }) => !before.keys.some((known) => known.id === id));
  if (unknown !== undefined) {
    throw new UsageError(`The key ${unknown.id} is not in the document ${before.number}.`);
  }
  const number = numberOf("document", String(before.number + 1), keyDocumentsMax);
  const threshold = options.threshold === undefined ? before.threshold : thresholdOf(options);
  const expires = expiresOf(options, now);
  const kept = options.keep === true ? before.keys : [];
  const others = await publicKeys(options.public);
  requireKeys(threshold, kept.length + others.length + 1);
  const { own, path, ...key } = await newKeyFile(folder, [documentIn(folder, number)]);
  const document: KeyDocument = {
    product: before.product,
    number,
    threshold,
    keys: [own, ...kept, ...others],
    ...expires,
  };
  return store({
    folder,
    document,
    before,
    lines: [`private key: ${path}`],
    keys: [...signing, key],
  });
};

const requireKeys = (threshold: number, count: number): void => {
  if (threshold <= count && count <= signingKeysMax) return;
  throw new UsageError(
    `The document would have ${count} keys, of which ${threshold} must sign: give --public for each other person.`,
  );
};

const store = async ({
  folder,
  document,
  before,
  lines,
  keys,
}: {
  folder: string;
  document: KeyDocument;
  before?: KeyDocument;
  lines: readonly string[];
  keys: Parameters<typeof signEnvelope>[2];
}): Promise<string> => {
  const path = documentIn(folder, document.number);
  const signed = signEnvelope(keyDocumentType, document, keys);
  await writeNew(path, textOf(signed));
  const missing = [before, document].flatMap((each) =>
    each === undefined ? [] : [each.threshold - signersOf(signed, each.keys).length],
  );
  const most = Math.max(...missing);
  const next =
    most > 0
      ? `signatures that are missing: ${most}. Each person: npm run firmware -- keys sign ${path} --key FILE`
      : "next: register it (docs/firmware.md), and keep a copy of the private key offline";
  return [...lines, `key document: ${path}`, next].join("\n");
};

/** Adds signatures to a key document. */
export const signKeyDocument = async (path: string, options: Options): Promise<string> => {
  const signed = await readEnvelope(path);
  const { number } = readKeyDocument(signed);
  const after = addSignatures(signed, await readKeys(options.key));
  await rewrite(path, textOf(after));
  return `key document ${number}: ${after.signatures.length} signatures: ${path}`;
};
