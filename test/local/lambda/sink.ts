/**
 * A reader of a stream. Consumes every chunk at once, or when `takes` resolves. After `leave` it
 * discards them.
 */
export const sink = (takes: () => Promise<void> = async () => {}) => {
  const pieces: string[] = [];
  let hasLeft = false;
  let untakenBytes = 0;
  let untakenBytesMax = 0;
  return {
    pieces,
    leave() {
      hasLeft = true;
    },
    untakenBytesMax: () => untakenBytesMax,
    async write(piece: Uint8Array) {
      if (hasLeft) return;
      pieces.push(Buffer.from(piece).toString());
      untakenBytes += piece.byteLength;
      untakenBytesMax = Math.max(untakenBytesMax, untakenBytes);
      await takes();
      untakenBytes -= piece.byteLength;
    },
  };
};
