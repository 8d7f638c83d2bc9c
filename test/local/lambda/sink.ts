/** A reader of a stream. Consumes every chunk at once, or when `takes` resolves. */
export const sink = (takes: () => Promise<void> = async () => {}) => {
  const leaving = new AbortController();
  const pieces: string[] = [];
  let untakenBytes = 0;
  let untakenBytesMax = 0;
  return {
    pieces,
    leave: () => leaving.abort(),
    left: leaving.signal,
    untakenBytesMax: () => untakenBytesMax,
    async write(piece: Uint8Array) {
      pieces.push(Buffer.from(piece).toString());
      untakenBytes += piece.byteLength;
      untakenBytesMax = Math.max(untakenBytesMax, untakenBytes);
      await takes();
      untakenBytes -= piece.byteLength;
    },
  };
};
