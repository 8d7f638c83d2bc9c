import { createHash } from "node:crypto";
import { firmwareVersionMax, imageBytesMax } from "#shared/firmware/limits.ts";
import { addSignatures, type Envelope, signEnvelope } from "#shared/firmware/signing/envelope.ts";
import {
  type Manifest,
  manifest,
  manifestType,
  readManifest,
} from "#shared/firmware/signing/manifest.ts";
import { joinSignedImage, splitSignedImage } from "#shared/firmware/signing/signedImage.ts";
import { readInput } from "#shared/input/readInput.ts";
import { dayMs } from "#shared/platform/durations.ts";
import { UsageError } from "../admin/usageError.ts";
import { readBytes, readKeys, rewrite, textOf, writeNew } from "./files.ts";
import { expiryOf, numberOf, type Options, required } from "./readArguments.ts";

const productMax = 999_999_999;
const validDays = 365;
/** Sequences of 32 bits fit into the counters of small devices. */
const sequenceMax = 4_294_967_295;

const expiresOf = ({ expires }: Options, now: number): string =>
  expires === undefined ? new Date(now + validDays * dayMs).toISOString() : expiryOf(expires, now);

/** The time in seconds, so that every signature has a larger sequence than those before. */
const sequenceOf = ({ sequence }: Options, now: number): number =>
  sequence === undefined ? Math.floor(now / 1_000) : numberOf("sequence", sequence, sequenceMax);

/** Signs an image, or a signed image again. */
export const signImage = async (path: string, options: Options, now: number): Promise<string> => {
  if (options.add === true && options.again === true) {
    throw new UsageError("Give --add or --again, not both.");
  }
  const file = await readBytes(path);
  if (options.add === true) return addSignature(path, file, options);
  if (options.again === true) return signAgain(path, file, { options, now });
  const { image, signed } = splitSignedImage(file);
  if (signed !== undefined) {
    throw new UsageError(`${path} is signed already: add a signature with --add.`);
  }
  if (image.length === 0 || image.length > imageBytesMax) {
    throw new UsageError(`An image has 1 to ${imageBytesMax} bytes; ${path} has ${image.length}.`);
  }
  const out = options.out ?? `${path}.signed`;
  const statement = statementOf(image, options, now);
  const made = signEnvelope(manifestType, statement, await readKeys(options.key));
  await writeNew(out, joinSignedImage({ image, signed: made }));
  return [...linesOf(statement), `signed image: ${out}`].join("\n");
};

const statementOf = (image: Buffer, options: Options, now: number): Manifest => {
  const minimum = options["minimum-version"];
  return readInput(manifest, {
    product: numberOf("product", required(options, "product"), productMax),
    version: numberOf("version", required(options, "version"), firmwareVersionMax),
    size: image.length,
    sha256: createHash("sha256").update(image).digest("hex"),
    sequence: sequenceOf(options, now),
    ...(minimum !== undefined && {
      minimum_version: numberOf("minimum-version", minimum, firmwareVersionMax),
    }),
    ...(options.platform !== undefined && { platform: options.platform }),
    expires: expiresOf(options, now),
  });
};

/** Only these options may be given with `--add` or `--again`: the image keeps what it says. */
const requireOnly = (options: Options, allowed: readonly string[], of: string): void => {
  const other = Object.keys(options).find((name) => !allowed.includes(name));
  if (other !== undefined) throw new UsageError(`--${other} cannot be combined with ${of}.`);
};

const signedOf = (path: string, file: Buffer): { image: Buffer; signed: Envelope } => {
  const { image, signed } = splitSignedImage(file);
  if (signed === undefined)
    throw new UsageError(`${path} is not signed yet: sign it without this option.`);
  return { image, signed };
};

const addSignature = async (path: string, file: Buffer, options: Options): Promise<string> => {
  requireOnly(options, ["add", "key"], "--add");
  const { image, signed } = signedOf(path, file);
  const after = addSignatures(signed, await readKeys(options.key));
  await rewrite(path, joinSignedImage({ image, signed: after }));
  return `signatures: ${after.signatures.length}\nsigned image: ${path}`;
};

const signAgain = async (
  path: string,
  file: Buffer,
  { options, now }: { options: Options; now: number },
): Promise<string> => {
  requireOnly(options, ["again", "key", "expires", "sequence", "out"], "--again");
  const before = readManifest(signedOf(path, file).signed);
  const sequence = sequenceOf(options, now);
  if (sequence <= before.sequence) {
    throw new UsageError(`--sequence must be larger than the one before: ${before.sequence}`);
  }
  const statement = { ...before, sequence, expires: expiresOf(options, now) };
  const made = signEnvelope(manifestType, statement, await readKeys(options.key));
  const out = options.out ?? `${path}.manifest.json`;
  await writeNew(out, textOf(made));
  return [...linesOf(statement), `manifest: ${out}`].join("\n");
};

/** A manifest as lines for people. */
export const linesOf = (statement: Manifest): string[] =>
  Object.entries(statement).map(([name, value]) => `${name}: ${value}`);
