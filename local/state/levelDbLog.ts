/*
 * LevelDB logs: blocks of 32 KB with records that have 7 bytes of header (masked CRC-32C, length,
 * type) and data. https://github.com/google/leveldb/blob/main/doc/log_format.md
 */
const blockBytes = 32_768;
const headerBytes = 7;
const maskDelta = 0xa282ead8;
const polynomial = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, i) => {
  let value = i;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  return value >>> 0;
});

const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
};

const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + maskDelta) >>> 0;

/**
 * Whether every record of a log is intact. A record that the end of the file truncates was
 * interrupted by the end of the process, as in LevelDB: it was never acknowledged, or the change
 * counter reveals its loss.
 */
export const isIntactLog = (log: Buffer): boolean => {
  for (let at = 0; at < log.length; ) {
    const left = blockBytes - (at % blockBytes);
    if (left < headerBytes) {
      at += left;
      continue;
    }
    if (at + headerBytes > log.length) return true;
    const length = log.readUInt16LE(at + 4);
    const end = at + headerBytes + length;
    // Preallocated space contains only zeros.
    if (length === 0 && log.readUInt32LE(at) === 0 && log[at + 6] === 0)
      return isZero(log.subarray(at));
    if (length > left - headerBytes) return false;
    if (end > log.length) return true;
    if (log.readUInt32LE(at) !== masked(crc32c(log.subarray(at + 6, end)))) return false;
    at = end;
  }
  return true;
};

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
