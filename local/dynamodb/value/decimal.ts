import { validationError } from "../dynamoError.ts";
import { numberCharactersMax, numberDigitsMax } from "../limits.ts";

/** An exact decimal number: `coefficient` × 10 ^ `exponent`, without trailing zeros. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** The magnitudes that DynamoDB stores: 1E-130 to 9.99…E+125. */
const exponentMin = -130;
const exponentMax = 125;

const zero: Decimal = { coefficient: 0n, exponent: 0 };
const shortInteger = /^(?:0|-?[1-9]\d{0,14})$/;
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/**
 * The text of a number in the form that DynamoDB returns: without exponent, leading or trailing
 * zeros. Fails with a `ValidationException` for text that is not a number, more than 38 significant
 * digits, and numbers out of range.
 */
export const normalizeNumber = (text: string): string =>
  shortInteger.test(text) ? text : format(parse(text));

/** Adds two numbers exactly. Fails when the sum cannot be stored. */
export const addNumbers = (one: string, other: string): string => sum(parse(one), parse(other));

/** Subtracts exactly. Fails when the difference cannot be stored. */
export const subtractNumbers = (from: string, by: string): string => {
  const { coefficient, exponent } = parse(by);
  return sum(parse(from), { coefficient: -coefficient, exponent });
};

/** Encodes a normalized number as bytes that sort as the numbers do. */
export const numberKey = (text: string): Buffer => {
  const { coefficient, exponent } = parse(text);
  if (coefficient === 0n) return Buffer.of(signs.zero);
  const isNegative = coefficient < 0n;
  const digits = String(isNegative ? -coefficient : coefficient);
  const magnitude = digits.length - 1 + exponent - exponentMin;
  const pairs = digits.length % 2 === 0 ? digits : `${digits}0`;
  const bytes = Buffer.alloc(2 + pairs.length / 2 + (isNegative ? 1 : 0));
  bytes[0] = isNegative ? signs.negative : signs.positive;
  bytes[1] = isNegative ? 0xff - magnitude : magnitude;
  for (let i = 0; i < pairs.length; i += 2) {
    // Never 0, so that a longer number sorts behind its beginning.
    const pair = Number(pairs.slice(i, i + 2)) + 1;
    bytes[2 + i / 2] = isNegative ? 0xff - pair : pair;
  }
  // Of two negative numbers, the longer one is less.
  if (isNegative) bytes[bytes.length - 1] = 0xff;
  return bytes;
};

const signs = { negative: 0, zero: 1, positive: 2 };

/** Compares two normalized numbers: negative when `one` is less. */
export const compareNumbers = (one: string, other: string): number =>
  shortInteger.test(one) && shortInteger.test(other)
    ? Number(one) - Number(other)
    : Buffer.compare(numberKey(one), numberKey(other));

const parse = (text: string): Decimal => {
  const found = text.length <= numberCharactersMax ? pattern.exec(text) : null;
  const [, sign, whole = "", part = "", power = "0"] = found ?? [];
  if (found === null || whole + part === "") {
    throw validationError(
      `The parameter cannot be converted to a numeric value: ${text.slice(0, 100)}`,
    );
  }
  const coefficient = BigInt(whole + part);
  return checked({
    coefficient: sign === "-" ? -coefficient : coefficient,
    exponent: Number(power) - part.length,
  });
};

const sum = (one: Decimal, other: Decimal): string => {
  const exponent = Math.min(one.exponent, other.exponent);
  const scaled = (each: Decimal) => each.coefficient * 10n ** BigInt(each.exponent - exponent);
  return format(checked({ coefficient: scaled(one) + scaled(other), exponent }));
};

/** Removes trailing zeros and checks that DynamoDB can store the number. */
const checked = ({ coefficient, exponent }: Decimal): Decimal => {
  if (coefficient === 0n) return zero;
  const text = String(coefficient);
  const short = text.replace(/0+$/, "");
  const digits = short.startsWith("-") ? short.length - 1 : short.length;
  const shifted = exponent + text.length - short.length;
  const magnitude = digits - 1 + shifted;
  if (magnitude > exponentMax) {
    throw validationError(
      "Number overflow. Attempting to store a number with magnitude larger than supported range",
    );
  }
  if (magnitude < exponentMin) {
    throw validationError(
      "Number underflow. Attempting to store a number with magnitude smaller than supported range",
    );
  }
  if (digits > numberDigitsMax) {
    throw validationError(
      `Attempting to store more than ${numberDigitsMax} significant digits in a Number`,
    );
  }
  return { coefficient: BigInt(short), exponent: shifted };
};

const format = ({ coefficient, exponent }: Decimal): string => {
  if (exponent >= 0) return `${coefficient}${coefficient === 0n ? "" : "0".repeat(exponent)}`;
  const isNegative = coefficient < 0n;
  const digits = String(isNegative ? -coefficient : coefficient).padStart(1 - exponent, "0");
  const at = digits.length + exponent;
  return `${isNegative ? "-" : ""}${digits.slice(0, at)}.${digits.slice(at)}`;
};
