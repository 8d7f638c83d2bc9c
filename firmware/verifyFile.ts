import { createHash } from "node:crypto";
import { type Envelope, envelope, signersOf } from "#shared/firmware/signing/envelope.ts";
import {
  type KeyDocument,
  keyDocumentType,
  readKeyDocument,
} from "#shared/firmware/signing/keyDocument.ts";
import { readManifest, verifyManifest } from "#shared/firmware/signing/manifest.ts";
import { splitSignedImage } from "#shared/firmware/signing/signedImage.ts";
import { parseJson } from "#shared/platform/parseJson.ts";
import { UsageError } from "../admin/usageError.ts";
import { readBytes, readEnvelope } from "./files.ts";
import type { Options } from "./readArguments.ts";
import { linesOf } from "./signImage.ts";

/** Describes a signed image, a manifest or a key document, and verifies its signatures. */
export const verifyFile = async (path: string, options: Options, now: number): Promise<string> => {
  const file = await readBytes(path);
  const parsed = envelope.safeParse(parseJson(file.toString("utf8")));
  const { image, signed } = parsed.success
    ? { image: undefined, signed: parsed.data }
    : splitSignedImage(file);
  if (signed === undefined) throw new UsageError(`${path} is not signed.`);
  const given =
    options.document === undefined
      ? undefined
      : readKeyDocument(await readEnvelope(options.document));
  if (signed.payloadType === keyDocumentType) {
    const own = readKeyDocument(signed);
    return [...keyLines(own), ...signerLines(signed, given ?? own)].join("\n");
  }
  const lines = manifestLines(signed, image, { keys: given, now });
  return [...lines, ...signerLines(signed, given)].join("\n");
};

const keyLines = ({ product, number, threshold, keys, expires }: KeyDocument): string[] => [
  `product: ${product}`,
  `number: ${number}`,
  `threshold: ${threshold} of ${keys.length}`,
  ...keys.map(({ id }) => `key: ${id}`),
  `expires: ${expires ?? "never"}`,
];

/** The lines of a manifest. Fails unless it describes the image, and is valid by the keys. */
const manifestLines = (
  signed: Envelope,
  image: Buffer | undefined,
  { keys, now }: { keys: KeyDocument | undefined; now: number },
): string[] => {
  const found = readManifest(signed);
  const sha256 = image && createHash("sha256").update(image).digest("hex");
  if (image !== undefined && (found.sha256 !== sha256 || found.size !== image.length)) {
    throw new UsageError("The image was changed after it was signed.");
  }
  if (keys !== undefined) {
    verifyManifest(signed, { ...found, product: keys.product }, { keys, now });
  }
  return linesOf(found);
};

const signerLines = (signed: Envelope, keys: KeyDocument | undefined): string[] => {
  if (keys === undefined) {
    return signed.signatures.map(({ keyid }) => `signature of ${keyid} (not verified)`);
  }
  const valid = signersOf(signed, keys.keys);
  return [
    ...valid.map((id) => `valid signature of ${id}`),
    `valid: ${valid.length} of ${keys.threshold} required signatures`,
  ];
};
