/** One element of a DER encoding (X.690). */
export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** The element as it stands, with its tag and length. */
  readonly whole: Buffer;
}

/** Bytes that are not DER, or not the DER that was expected. */
export class DerError extends Error {
  override readonly name = "BadDer";
}

/** The elements that follow one another in some bytes. Fails with a `DerError`. */
export const readDer = (bytes: Buffer): DerElement[] => {
  const elements: DerElement[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const element = first(rest);
    elements.push(element);
    rest = rest.subarray(element.whole.length);
  }
  return elements;
};

const first = (bytes: Buffer): DerElement => {
  const [tag, length] = bytes;
  if (tag === undefined || length === undefined) throw new DerError("it ends too soon");
  if ((tag & 0x1f) === 0x1f) throw new DerError("a tag of more than one byte");
  const digits = length < 0x80 ? 0 : length & 0x7f;
  // 0x80 alone is a length that is not told, which DER does not allow.
  if (length === 0x80 || digits > lengthBytesMax) throw new DerError("a length that is not taken");
  if (bytes.length < 2 + digits) throw new DerError("it ends too soon");
  const size = digits === 0 ? length : bytes.readUIntBE(2, digits);
  const end = 2 + digits + size;
  if (bytes.length < end) throw new DerError("it ends too soon");
  return { tag, content: bytes.subarray(2 + digits, end), whole: bytes.subarray(0, end) };
};

const lengthBytesMax = 4;
