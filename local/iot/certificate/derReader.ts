/** One element of a DER encoding (X.690). */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** The encoded element, with its tag and length. */
  readonly encoded: Buffer;
}

/** Bytes that are not valid DER, or not the expected DER. */
export class DerError extends Error {
  override readonly name = "BadDer";
}

/** Parses consecutive elements. Fails with a `DerError`. */
export const readDer = (bytes: Buffer): DerElement[] => {
  const elements: DerElement[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const element = first(rest);
    elements.push(element);
    rest = rest.subarray(element.encoded.length);
  }
  return elements;
};

const first = (bytes: Buffer): DerElement => {
  const [tag, length] = bytes;
  if (tag === undefined || length === undefined) throw new DerError("unexpected end");
  if ((tag & 0x1f) === 0x1f) throw new DerError("multi-byte tag");
  const digits = length < 0x80 ? 0 : length & 0x7f;
  // 0x80 is the indefinite length, which DER does not allow.
  if (length === 0x80 || digits > lengthBytesMax) throw new DerError("unsupported length");
  if (bytes.length < 2 + digits) throw new DerError("unexpected end");
  const size = digits === 0 ? length : bytes.readUIntBE(2, digits);
  const end = 2 + digits + size;
  if (bytes.length < end) throw new DerError("unexpected end");
  return { tag, content: bytes.subarray(2 + digits, end), encoded: bytes.subarray(0, end) };
};

const lengthBytesMax = 4;
