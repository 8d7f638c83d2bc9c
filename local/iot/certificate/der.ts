/**
 * The ASN.1 types of a certificate in the Distinguished Encoding Rules (X.690). Node.js creates
 * keys and signatures and reads certificates, but does not write them.
 */

const tags = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const element = (tag: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([tag]), length(content.length), content]);

const length = (bytes: number): Buffer => {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const digits = bigEndian(bytes);
  return Buffer.from([0x80 | digits.length, ...digits]);
};

const bigEndian = (value: number): number[] =>
  value < 0x100 ? [value] : [...bigEndian(Math.floor(value / 0x100)), value % 0x100];

export const sequence = (...parts: Buffer[]): Buffer =>
  element(tags.sequence, Buffer.concat(parts));

export const set = (...parts: Buffer[]): Buffer => element(tags.set, Buffer.concat(parts));

/** A positive integer from its bytes, highest first. */
export const integer = (bytes: Buffer): Buffer => {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return element(tags.integer, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
};

export const bitString = (bytes: Buffer, unusedBits = 0): Buffer =>
  element(tags.bitString, Buffer.concat([Buffer.from([unusedBits]), bytes]));

export const octetString = (bytes: Buffer): Buffer => element(tags.octetString, bytes);

export const utf8String = (text: string): Buffer => element(tags.utf8String, Buffer.from(text));

export const derTrue = Buffer.from([0x01, 0x01, 0xff]);

/** An object identifier in dotted form: `2.5.29.15`. */
export const objectId = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(tags.objectId, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
};

const base128 = (value: number): number[] =>
  value < 0x80 ? [value] : [...base128(Math.floor(value / 0x80)).map(more), value % 0x80];

const more = (digit: number): number => digit | 0x80;

/** A time with a resolution of seconds; years before 2050 have two digits (RFC 5280, 4.1.2.5). */
export const time = (at: Date): Buffer => {
  const digits = `${at.toISOString().replace(/[-:T]|\..*/g, "")}Z`;
  const isShort = at.getUTCFullYear() < 2050;
  return isShort
    ? element(tags.utcTime, Buffer.from(digits.slice(2)))
    : element(tags.generalizedTime, Buffer.from(digits));
};

/** An explicitly tagged element, such as `[0] version` or `[3] extensions` of X.509. */
export const explicit = (number: number, content: Buffer): Buffer =>
  element(0xa0 | number, content);

/** An implicitly tagged element: its tag replaces the tag of its type. */
export const implicit = (number: number, content: Buffer): Buffer =>
  element(0x80 | number, content);
