import { Failure } from "../../platform/failure.ts";
import { parseJson } from "../../platform/parseJson.ts";
import { envelopeBytesMax } from "../limits.ts";
import { type Envelope, envelope } from "./envelope.ts";
import { refused } from "./manifest.ts";

/** The first bytes of a trailer. */
const magic = Buffer.from("GODWITFW");
const lengthBytes = 4;
const headBytes = magic.length + lengthBytes;

/** An image as its owner uploads it. */
export interface SignedImage {
  readonly image: Buffer;
  /** Absent if the image has no trailer. */
  readonly signed?: Envelope;
}

/**
 * Appends a trailer to an image: `GODWITFW`, the length of the envelope (4 bytes, big-endian), and
 * the envelope as JSON without white space. Particle's clients upload such a file unchanged.
 */
export const joinSignedImage = ({ image, signed }: Required<SignedImage>): Buffer => {
  const text = Buffer.from(JSON.stringify(signed));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(text.length);
  return Buffer.concat([image, magic, length, text]);
};

/**
 * Splits a file into the image and its envelope. Fails with `invalid_request` if the trailer is not
 * complete or not valid. A file without a trailer is an image.
 */
export const splitSignedImage = (file: Buffer): SignedImage => {
  const start = file.lastIndexOf(magic);
  if (start === -1 || file.length - start < headBytes) return { image: file };
  const length = file.readUInt32BE(start + magic.length);
  const text = file.subarray(start + headBytes);
  if (text.length < length && length <= envelopeBytesMax && isEnvelope(text)) {
    throw refused(
      "wrong_signature",
      `the file ends after ${text.length} of ${length} bytes of its signature: upload it again`,
    );
  }
  if (text.length !== length || length > envelopeBytesMax) return { image: file };
  return { image: file.subarray(0, start), signed: readTrailer(text.toString("utf8")) };
};

/** Whether bytes begin like the envelope of a trailer, as far as they go. */
const isEnvelope = (text: Buffer): boolean => {
  const begin = Buffer.from('{"payloadType":"application/vnd.godwit.');
  const length = Math.min(text.length, begin.length);
  return text.subarray(0, length).equals(begin.subarray(0, length));
};

/** Only the form of `joinSignedImage` is accepted, so that every changed byte is noticed. */
const readTrailer = (text: string): Envelope => {
  const parsed = envelope.safeParse(parseJson(text));
  if (!parsed.success || JSON.stringify(parsed.data) !== text) {
    throw new Failure("the signature at the end of the file cannot be read: sign it again", {
      code: "invalid_request",
      details: { reason: "wrong_signature" },
    });
  }
  return parsed.data;
};
