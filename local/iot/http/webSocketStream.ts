import { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";

/**
 * A WebSocket as a byte stream. Data written together is sent as one frame, so that a frame holds
 * complete MQTT packets; the stream of the `ws` package sends each part of a packet separately.
 */
export const webSocketStream = (socket: WebSocket): Duplex => {
  const send = (bytes: Buffer, done: (error?: Error | null) => void) => {
    if (socket.readyState === socket.OPEN) socket.send(bytes, done);
    else done(new Error("the WebSocket is closed"));
  };
  const stream = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done),
    destroy(error, done) {
      socket.close();
      done(error);
    },
  });
  socket.on("message", (data, isBinary) => {
    // [MQTT-6.0.0-1]
    if (!isBinary) stream.destroy(new Error("a text frame"));
    else if (!stream.push(bytesOf(data))) socket.pause();
  });
  socket.on("close", () => stream.destroy());
  socket.on("error", (error) => stream.destroy(error));
  return stream;
};

const bytesOf = (data: RawData): Buffer => {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
};
