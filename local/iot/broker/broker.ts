import type { Duplex } from "node:stream";
import { Aedes, type PublishPacket } from "aedes";
import type { Log } from "../../platform/log.ts";
import type { Counts } from "../counts.ts";
import { connectTimeoutMs, stopMs, subscriberStallMs, sweepMs } from "../limits.ts";
import type { Provisioner } from "../provisioning/provisioner.ts";
import type { RuleMessage } from "../rule/expression.ts";
import type { Rules } from "../rule/rules.ts";
import type { BrokerMeter } from "./brokerMeter.ts";
import { type Connections, openConnections, type Peer } from "./connections.ts";
import type { BrokerContext } from "./context.ts";
import { countPublish, hooks } from "./hooks.ts";
import { trackInFlight } from "./inFlightWork.ts";
import { checkHeader, trackClients } from "./lifecycle.ts";
import { createPacketIds } from "./packetIds.ts";
import { scanReads } from "./packetScanner.ts";
import type { Presence } from "./presence.ts";
import { createRuleSlots } from "./ruleSlots.ts";
import { Sessions } from "./sessions.ts";

/** A message published over HTTP. */
interface Published {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface Broker {
  readonly connections: Connections;
  /** Serves MQTT on a socket. */
  handle(socket: Duplex, peer: Peer): void;
  /**
   * Resolves once the rules have run; subscribers receive the message as well. Rejects when a rule
   * failed and the message would be lost.
   */
  publish(message: Published): Promise<void>;
  /**
   * Closes a client's connection. Returns `false` when it has neither a connection nor a session.
   */
  disconnect(clientId: string, options: { cleanSession: boolean; preventWill: boolean }): boolean;
  /** Rejects further packets, waits for publishes in flight, and closes every connection. */
  stop(): Promise<void>;
  /** Stops at once, without presence events or wills. */
  kill(): void;
}

/**
 * The message broker: aedes with IoT Core's rules and limits in its hooks. Differences from IoT
 * Core:
 *
 * - MQTT 3.1.1 only; version 5 is answered with "unacceptable protocol version".
 * - A filter `a/#` also receives messages published to `a`.
 * - A client that sends more than eight filters in one packet is disconnected after the SUBACK
 *   instead of before it.
 * - Unacknowledged QoS 1 messages are sent again when the client resumes its session, not while it
 *   stays connected, and only then is their number limited. Stored messages are sent without
 *   pauses.
 * - Sessions and retained messages do not outlive the process.
 * - Of IoT Core's rate limits, only the connect rate is enforced, by the listeners.
 */
export const openBroker = async (deps: {
  rules: Rules;
  provisioner: Provisioner;
  counts: Counts;
  meter: BrokerMeter;
  log: Log;
  firstVersion: number;
}): Promise<Broker> => {
  const inFlight = trackInFlight();
  const packetIds = createPacketIds();
  const context: BrokerContext = {
    ...deps,
    connections: openConnections(deps.firstVersion, inFlight),
    sessions: new Sessions(packetIds),
    packetIds,
    inFlight,
    ruleSlots: createRuleSlots(),
    peers: new WeakMap(),
    disconnected: new WeakSet(),
    stopping: false,
    killed: false,
  };
  const aedes = await Aedes.createBroker({
    ...hooks(context),
    persistence: context.sessions,
    // No limit over all clients: with one, a stalled subscriber would block all others.
    concurrency: 0,
    connectTimeout: connectTimeoutMs,
    drainTimeout: subscriberStallMs,
  });
  trackClients(aedes, context, (presence) => announce(aedes, presence, context));
  const sweeping = setInterval(() => sweep(context), sweepMs).unref();

  return {
    connections: context.connections,
    handle(socket, peer) {
      context.peers.set(socket, peer);
      scanReads(socket, (header) => checkHeader(socket, header, context));
      aedes.handle(socket);
    },
    async publish(message) {
      countPublish(message, context);
      try {
        await runRules(message, context);
      } catch (error) {
        context.meter.countError("PublishIn", error, "HTTP");
        throw error;
      }
      context.meter.count("PublishIn.Success", "HTTP");
      emit(aedes, message, context);
    },
    disconnect: (clientId, options) => disconnect(context, clientId, options),
    async stop() {
      clearInterval(sweeping);
      await stop(aedes, context);
    },
    kill() {
      clearInterval(sweeping);
      context.stopping = true;
      context.killed = true;
      for (const { client } of context.connections.all()) client.conn.destroy();
      aedes.close();
    },
  };
};

/** Sends a message to subscribers and sessions without waiting for them. */
const emit = (aedes: Aedes, message: Published, { log }: BrokerContext): void => {
  const packet: PublishPacket = { cmd: "publish", dup: false, ...message };
  aedes.publish(packet, (error) => {
    if (error)
      log("message not delivered to subscribers", { topic: message.topic, error }, "error");
  });
};

const announce = (aedes: Aedes, presence: Presence, context: BrokerContext): void => {
  const { log, killed } = context;
  if (killed) return;
  emit(aedes, { ...presence, qos: 1, retain: false }, context);
  runRules(presence, context).catch((error: unknown) =>
    log("presence event lost", { topic: presence.topic, error }, "error"),
  );
};

/** Runs the rules for a message that no connection of a device has published. */
const runRules = async (
  message: RuleMessage,
  { rules, ruleSlots, inFlight }: BrokerContext,
): Promise<void> => {
  if (!inFlight.begin()) throw new Error("too many waiting publishes");
  try {
    await new Promise<void>((resolve, reject) => {
      ruleSlots.run(
        () => rules.run(message),
        (error) => (error === undefined ? resolve() : reject(error)),
      );
    });
  } finally {
    inFlight.end();
  }
};

const sweep = ({ connections, sessions }: BrokerContext): void => {
  const now = Date.now();
  connections.sweep(now);
  sessions.sweep(performance.now());
};

const disconnect = (
  { connections, sessions }: BrokerContext,
  clientId: string,
  { cleanSession, preventWill }: { cleanSession: boolean; preventWill: boolean },
): boolean => {
  const connection = connections.live(clientId);
  if (connection === undefined && !sessions.has(clientId)) return false;
  if (connection !== undefined) {
    connection.reason ??= "API_INITIATED_DISCONNECT";
    if (preventWill) connection.willSuppressed = true;
    connection.client.close();
  }
  if (cleanSession) sessions.forget(clientId);
  return true;
};

const stop = async (aedes: Aedes, context: BrokerContext): Promise<void> => {
  context.stopping = true;
  await context.inFlight.ended(stopMs);
  // The last PUBACKs are sent in this tick.
  await new Promise((resolve) => setImmediate(resolve));
  for (const connection of context.connections.all()) {
    connection.reason ??= "SERVER_INITIATED_DISCONNECT";
  }
  await new Promise<void>((resolve) => aedes.close(resolve));
};
