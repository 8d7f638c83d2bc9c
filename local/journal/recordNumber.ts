import { crc32 } from "node:zlib";

/*
 * The checksum of a record is the CRC-32 of its payload, continued from the number of the record. A
 * CRC is linear: modulo the polynomial P, checksum = crc32(payload) + number * x^(8 * bytes). The
 * number follows from the checksum, without a search.
 */

/** P without its highest term. The highest bit of a word is x^0, as in a CRC-32. */
const polynomial = 0xedb88320;
const one = 0x80000000;
const x = 0x40000000;
/** x to this power is 1. */
const order = 2 ** 32 - 1;

/** The number, modulo 2^32, with which a payload has this checksum. */
export const recordNumberOf = (payload: Buffer, checksum: number): number => {
  const shifted = (crc32(payload) ^ checksum) >>> 0;
  return times(shifted, powerOfX(order - ((8 * payload.length) % order)));
};

const powerOfX = (exponent: number): number => {
  let power = one;
  let square = x;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) power = times(power, square);
    square = times(square, square);
  }
  return power;
};

/** The product of two polynomials modulo P. */
const times = (left: number, right: number): number => {
  let product = 0;
  let shifted = right;
  for (let bit = one; bit > 0; bit >>>= 1) {
    if ((left & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 1 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
  }
  return product >>> 0;
};
