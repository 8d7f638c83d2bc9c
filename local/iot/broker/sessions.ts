import { Readable } from "node:stream";
import type { AedesPublishPacket, PublishPacket, Subscription } from "aedes";
import { retainedTopicsMax, sessionMessagesMax, sessionMs } from "../limits.ts";
import { topicMatcher } from "../topic.ts";
import { createPacketIds, type PacketIds } from "./packetIds.ts";

/** The client's id, which identifies its session. */
interface ClientRef {
  readonly id: string;
}

interface Session {
  readonly subscriptions: Map<string, Subscription>;
  outgoing: AedesPublishPacket[];
  /** The time of the disconnect, by `performance.now()`; absent while the client is connected. */
  leftAt?: number;
}

/** Clients with a persistent session that subscribe to a filter with QoS 1. */
interface Subscribers {
  readonly matches: (topic: string) => boolean;
  readonly clientIds: Set<string>;
}

/**
 * Persistent sessions and retained messages, with the interface that aedes expects. Aedes's own
 * store keeps both without a limit or expiry, and sends retained messages to wildcard filters,
 * which IoT Core does not. Sessions are in memory: those of IoT Core outlive a server, these do not
 * outlive the process. QoS 2 is rejected and there are no other brokers, so the methods for QoS 2
 * and for other brokers' wills do nothing.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #retained = new Map<string, PublishPacket>();
  readonly #subscribers = new Map<string, Subscribers>();
  readonly #packetIds: PacketIds;
  #acknowledged: (clientId: string, messageId: number) => void = () => {};

  constructor(packetIds: PacketIds = createPacketIds()) {
    this.#packetIds = packetIds;
  }

  /** Registers a listener for every PUBACK of a client. */
  onPuback(listener: (clientId: string, messageId: number) => void): void {
    this.#acknowledged = listener;
  }

  has(clientId: string): boolean {
    return this.#sessions.has(clientId);
  }

  markDisconnected(clientId: string): void {
    const session = this.#sessions.get(clientId);
    if (session !== undefined) session.leftAt = performance.now();
  }

  markConnected(clientId: string): void {
    delete this.#sessions.get(clientId)?.leftAt;
  }

  forget(clientId: string): void {
    for (const filter of this.#sessions.get(clientId)?.subscriptions.keys() ?? []) {
      this.#removeSubscriber(clientId, filter);
    }
    this.#sessions.delete(clientId);
  }

  /** Removes expired sessions; `now` is a `performance.now()`. */
  sweep(now: number): void {
    for (const [clientId, { leftAt }] of this.#sessions) {
      if (leftAt !== undefined && leftAt <= now - sessionMs) this.forget(clientId);
    }
  }

  // Methods called by aedes.

  async setup(): Promise<void> {}

  async storeRetained(packet: PublishPacket): Promise<void> {
    if (packet.payload.length === 0) this.#retained.delete(packet.topic);
    else if (this.#retained.has(packet.topic) || this.#retained.size < retainedTopicsMax) {
      this.#retained.set(packet.topic, { ...packet });
    }
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(filters.flatMap((filter) => this.#retained.get(filter) ?? []));
  }

  async addSubscriptions({ id }: ClientRef, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.#open(id);
    for (const subscription of subscriptions) {
      const { topic, qos } = subscription;
      session.subscriptions.set(topic, subscription);
      if (qos > 0) this.#addSubscriber(id, topic);
      else this.#removeSubscriber(id, topic);
    }
  }

  async removeSubscriptions({ id }: ClientRef, filters: readonly string[]): Promise<void> {
    for (const filter of filters) {
      this.#sessions.get(id)?.subscriptions.delete(filter);
      this.#removeSubscriber(id, filter);
    }
  }

  async subscriptionsByClient({ id }: ClientRef): Promise<Subscription[]> {
    return [...(this.#sessions.get(id)?.subscriptions.values() ?? [])];
  }

  async subscriptionsByTopic(topic: string): Promise<{ clientId: string; topic: string }[]> {
    const clientIds = new Set<string>();
    for (const { matches, clientIds: some } of this.#subscribers.values()) {
      if (matches(topic)) for (const clientId of some) clientIds.add(clientId);
    }
    return [...clientIds].map((clientId) => ({ clientId, topic }));
  }

  async cleanSubscriptions({ id }: ClientRef): Promise<void> {
    this.forget(id);
  }

  async outgoingEnqueueCombi(
    to: readonly { clientId: string }[],
    packet: AedesPublishPacket,
  ): Promise<void> {
    for (const { clientId } of to) {
      const { outgoing } = this.#open(clientId);
      outgoing.push({ ...packet, retain: false });
      if (outgoing.length > sessionMessagesMax) outgoing.shift();
    }
  }

  /** Stores the packet id under which a stored message was sent. */
  async outgoingUpdate({ id }: ClientRef, packet: AedesPublishPacket): Promise<void> {
    const stored = this.#sessions.get(id)?.outgoing.find((one) => isSame(one, packet));
    // A message that newer ones displaced is still sent, once.
    if (stored !== undefined) stored.messageId = packet.messageId;
  }

  /** Removes a message that the client has acknowledged. */
  async outgoingClearMessageId(
    { id }: ClientRef,
    { messageId }: { messageId?: number | undefined },
  ): Promise<PublishPacket | undefined> {
    if (messageId === undefined) return undefined;
    this.#acknowledged(id, messageId);
    const outgoing = this.#sessions.get(id)?.outgoing ?? [];
    const at = outgoing.findIndex((packet) => packet.messageId === messageId);
    return at === -1 ? undefined : outgoing.splice(at, 1)[0];
  }

  /** A message that was sent before keeps its packet id. */
  outgoingStream(client: ClientRef): Readable {
    const outgoing = [...(this.#sessions.get(client.id)?.outgoing ?? [])];
    for (const packet of outgoing) packet.messageId ??= this.#packetIds.next(client);
    return Readable.from(outgoing);
  }

  async putWill(): Promise<void> {}

  async delWill(): Promise<void> {}

  streamWill(): Readable {
    return Readable.from([]);
  }

  async cleanIncoming(): Promise<void> {}

  async incomingGetPacket(): Promise<undefined> {}

  #open(clientId: string): Session {
    const known = this.#sessions.get(clientId);
    if (known !== undefined) return known;
    const session: Session = { subscriptions: new Map(), outgoing: [] };
    this.#sessions.set(clientId, session);
    return session;
  }

  #addSubscriber(clientId: string, filter: string): void {
    const known = this.#subscribers.get(filter);
    const subscribers = known ?? { matches: topicMatcher(filter), clientIds: new Set() };
    subscribers.clientIds.add(clientId);
    this.#subscribers.set(filter, subscribers);
  }

  #removeSubscriber(clientId: string, filter: string): void {
    const subscribers = this.#subscribers.get(filter);
    subscribers?.clientIds.delete(clientId);
    if (subscribers?.clientIds.size === 0) this.#subscribers.delete(filter);
  }
}

// aedes numbers the messages of each broker.
const isSame = (one: AedesPublishPacket, other: AedesPublishPacket): boolean =>
  one.brokerId === other.brokerId && one.brokerCounter === other.brokerCounter;
