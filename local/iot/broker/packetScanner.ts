import type { Duplex } from "node:stream";

/** An incoming packet whose fixed header has arrived (MQTT 3.1.1, section 2.2). */
export interface PacketHeader {
  readonly type: number;
  /** Bytes after the fixed header. */
  readonly length: number;
}

export const disconnectType = 14;

/** The remaining length has up to four bytes of seven bits. */
const lengthShiftMax = 28;

/**
 * Follows the packets in consecutive chunks and calls `onHeader` for each fixed header, as soon as
 * it is complete. Reads only the headers: the parser of aedes has the content.
 */
export const packetScanner = (
  onHeader: (header: PacketHeader) => void,
): ((chunk: Buffer) => void) => {
  let left = 0;
  let type: number | undefined;
  let length = 0;
  let shift = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const bytes = Math.min(left, chunk.length - at);
        left -= bytes;
        at += bytes;
        continue;
      }
      const byte = chunk[at] ?? 0;
      at += 1;
      if (type === undefined) {
        type = byte >> 4;
        length = 0;
        shift = 0;
        continue;
      }
      length += (byte & 0x7f) * 2 ** shift;
      shift += 7;
      if ((byte & 0x80) !== 0 && shift < lengthShiftMax) continue;
      onHeader({ type, length });
      left = length;
      type = undefined;
    }
  };
};

/** Calls `onHeader` for each packet that is read from a connection. */
export const scanReads = (socket: Duplex, onHeader: (header: PacketHeader) => void): void => {
  const scan = packetScanner(onHeader);
  const read = socket.read.bind(socket);
  socket.read = (size) => {
    const chunk: unknown = read(size);
    if (Buffer.isBuffer(chunk)) scan(chunk);
    return chunk;
  };
};
