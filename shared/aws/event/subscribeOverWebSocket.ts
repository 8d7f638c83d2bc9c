import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import {
  liveConnectMs,
  liveFrameBytesMax,
  liveKeepAliveSeconds,
  livePacketBytesMax,
} from "../../stream/limits.ts";
import type { LiveEvents, Subscription } from "../../stream/ports.ts";
import {
  BrokerError,
  connectPacket,
  disconnectPacket,
  messageOf,
  type Packet,
  packetReader,
  packetTypes,
  pingRequest,
  subscribePacket,
} from "./mqttPackets.ts";

type Callbacks = Parameters<LiveEvents["subscribe"]>[1];

/**
 * Subscribes by MQTT 3.1.1 over a WebSocket of its own, with QoS 0 and a clean session, and without
 * reconnection. Resolves when the broker has granted all topic filters. Rejects with the error of
 * the connection, or when the broker does not grant a filter, or not within `liveConnectMs`.
 */
export const subscribeOverWebSocket = async (
  url: URL,
  filters: readonly string[],
  on: Callbacks,
): Promise<Subscription> => {
  const socket = new WebSocket(url, "mqtt", {
    perMessageDeflate: false,
    maxPayload: liveFrameBytesMax,
  });
  const granted = Promise.withResolvers<void>();
  let report = (error: Error = new BrokerError("the broker closed the connection")): void =>
    granted.reject(error);
  let isOver = false;
  const end = (error?: Error): void => {
    if (isOver) return;
    isOver = true;
    clearInterval(keepAlive);
    socket.terminate();
    report(error);
  };
  const pings = openPings(socket);
  const ping = (): void => {
    if (pings.areOverdue()) end(new BrokerError("the broker did not respond to a ping"));
    else if (socket.readyState === WebSocket.OPEN) pings.send();
  };
  const keepAlive = setInterval(ping, liveKeepAliveSeconds * 1_000);
  const onGranted = (): void => {
    report = on.end;
    granted.resolve();
  };
  const handle = packetHandler(socket, { filters, pings, on, onGranted });
  // After the end, packets of the same frame are not passed on.
  receivePackets(socket, (packet) => void (isOver || handle(packet)), end);
  const late = new BrokerError("the broker did not respond in time");
  const deadline = setTimeout(end, liveConnectMs, late);
  await granted.promise.finally(() => clearTimeout(deadline));
  return {
    ping,
    async close() {
      clearInterval(keepAlive);
      isOver = true;
      await disconnect(socket);
    },
  };
};

/** Calls `end` once or more when the connection ends, or when the broker sends what is not MQTT. */
const receivePackets = (
  socket: WebSocket,
  handle: (packet: Packet) => void,
  end: (error?: Error) => void,
): void => {
  const reader = packetReader(livePacketBytesMax);
  socket.on("open", () =>
    socket.send(connectPacket(`stream-${randomUUID()}`, liveKeepAliveSeconds)),
  );
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    try {
      if (!isBinary) throw new BrokerError("the broker sent text");
      reader.read(data).forEach(handle);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      end(error);
    }
  });
  socket.on("error", end);
  socket.on("close", () => end());
};

interface Conversation {
  readonly filters: readonly string[];
  readonly pings: ReturnType<typeof openPings>;
  readonly on: Callbacks;
  readonly onGranted: () => void;
}

const packetHandler =
  (socket: WebSocket, { filters, pings, on, onGranted }: Conversation) =>
  (packet: Packet): void => {
    switch (packet.type) {
      case packetTypes.publish:
        on.message(messageOf(packet));
        break;
      case packetTypes.pingresp:
        pings.receive(on.pong);
        break;
      case packetTypes.connack:
        checkAccepted(packet);
        socket.send(subscribePacket(1, filters));
        break;
      case packetTypes.suback:
        checkGranted(packet, filters);
        onGranted();
        break;
      default:
        throw new BrokerError(`the broker sent a packet of the type ${packet.type}`);
    }
  };

/** The pings of a connection. The broker responds to them in their order. */
const openPings = (socket: WebSocket) => {
  const sentAt: number[] = [];
  return {
    send(): void {
      sentAt.push(Date.now());
      socket.send(pingRequest);
    },
    receive(pong: Callbacks["pong"]): void {
      const at = sentAt.shift();
      if (at !== undefined) pong?.(at);
    },
    /** Whether the broker has not responded for a whole interval. */
    areOverdue(): boolean {
      const [oldest = Number.POSITIVE_INFINITY] = sentAt;
      return Date.now() - oldest >= liveKeepAliveSeconds * 1_000;
    },
  };
};

/** Throws unless the broker has accepted the connection (MQTT 3.1.1, section 3.2). */
const checkAccepted = ({ body }: Packet): void => {
  const [, code] = body;
  if (code !== 0) throw new BrokerError(`the broker refused the connection: return code ${code}`);
};

/** Throws unless the broker has granted every filter with QoS 0 (MQTT 3.1.1, section 3.9). */
const checkGranted = ({ body }: Packet, filters: readonly string[]): void => {
  const packetIdBytes = 2;
  const refused = filters.find((_, i) => body[packetIdBytes + i] !== 0);
  if (refused !== undefined) throw new BrokerError(`the broker did not grant ${refused}`);
};

/** A DISCONNECT that a broker does not read in this time is not waited for. */
const disconnectMs = 1_000;

/** Sends a DISCONNECT if that is possible, and does not wait for the broker to close. */
const disconnect = async (socket: WebSocket): Promise<void> => {
  if (socket.readyState === WebSocket.CLOSED) return;
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const timer = setTimeout(() => socket.terminate(), disconnectMs);
  if (socket.readyState === WebSocket.OPEN) {
    socket.send(disconnectPacket, () => socket.terminate());
  } else socket.terminate();
  await closed;
  clearTimeout(timer);
};
