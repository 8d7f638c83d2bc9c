import { Readable } from "node:stream";
import type { AedesPublishPacket, PublishPacket, Subscription } from "aedes";
import { retainedTopicsMax, sessionMessagesMax, sessionMs } from "../limits.ts";
import { topicMatcher } from "../topic.ts";

/** The part of a client that a session is found by. */
interface Whose {
  readonly id: string;
}

interface Session {
  readonly subscriptions: Map<string, Subscription>;
  outgoing: AedesPublishPacket[];
  /** When its client went, by `performance.now()`; nothing while it is here. */
  leftAt?: number;
}

/** Who asked for a filter with QoS 1 and a session that lasts. */
interface Listeners {
  readonly matches: (topic: string) => boolean;
  readonly clientIds: Set<string>;
}

/**
 * Persistent sessions and retained messages, as aedes asks for them. Its own store keeps both without a
 * bound and for ever, and sends retained messages to filters with wildcards, which IoT Core does not.
 * They are kept in memory: IoT Core's outlive a server, ours do not outlive the process. Nothing of QoS 2,
 * which is refused, and no wills of other brokers are kept: the methods for those have nothing to do.
 */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #retained = new Map<string, PublishPacket>();
  readonly #listeners = new Map<string, Listeners>();
  #acknowledged: (clientId: string, messageId: number) => void = () => {};

  /** Hears of every PUBACK that a client sends. */
  onAcknowledged(hear: (clientId: string, messageId: number) => void): void {
    this.#acknowledged = hear;
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
      this.#unlisten(clientId, filter);
    }
    this.#sessions.delete(clientId);
  }

  /** Forgets sessions whose clients went too long ago; `now` is a `performance.now()`. */
  sweep(now: number): void {
    for (const [clientId, { leftAt }] of this.#sessions) {
      if (leftAt !== undefined && leftAt <= now - sessionMs) this.forget(clientId);
    }
  }

  // From here on: what aedes calls.

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

  async addSubscriptions({ id }: Whose, subscriptions: readonly Subscription[]): Promise<void> {
    const session = this.#open(id);
    for (const subscription of subscriptions) {
      const { topic, qos } = subscription;
      session.subscriptions.set(topic, subscription);
      if (qos > 0) this.#listen(id, topic);
      else this.#unlisten(id, topic);
    }
  }

  async removeSubscriptions({ id }: Whose, filters: readonly string[]): Promise<void> {
    for (const filter of filters) {
      this.#sessions.get(id)?.subscriptions.delete(filter);
      this.#unlisten(id, filter);
    }
  }

  async subscriptionsByClient({ id }: Whose): Promise<Subscription[]> {
    return [...(this.#sessions.get(id)?.subscriptions.values() ?? [])];
  }

  async subscriptionsByTopic(topic: string): Promise<{ clientId: string; topic: string }[]> {
    const clientIds = new Set<string>();
    for (const { matches, clientIds: some } of this.#listeners.values()) {
      if (matches(topic)) for (const clientId of some) clientIds.add(clientId);
    }
    return [...clientIds].map((clientId) => ({ clientId, topic }));
  }

  async cleanSubscriptions({ id }: Whose): Promise<void> {
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

  /** Notes the packet id under which a stored message was sent. */
  async outgoingUpdate({ id }: Whose, packet: AedesPublishPacket): Promise<void> {
    const stored = this.#sessions.get(id)?.outgoing.find((one) => isSame(one, packet));
    // A message that was pushed out by newer ones is still sent, once.
    if (stored !== undefined) stored.messageId = packet.messageId;
  }

  /** Removes a message that the client has acknowledged. */
  async outgoingClearMessageId(
    { id }: Whose,
    { messageId }: { messageId?: number | undefined },
  ): Promise<PublishPacket | undefined> {
    if (messageId === undefined) return undefined;
    this.#acknowledged(id, messageId);
    const outgoing = this.#sessions.get(id)?.outgoing ?? [];
    const at = outgoing.findIndex((packet) => packet.messageId === messageId);
    return at === -1 ? undefined : outgoing.splice(at, 1)[0];
  }

  outgoingStream({ id }: Whose): Readable {
    return Readable.from([...(this.#sessions.get(id)?.outgoing ?? [])]);
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

  #listen(clientId: string, filter: string): void {
    const known = this.#listeners.get(filter);
    const listeners = known ?? { matches: topicMatcher(filter), clientIds: new Set() };
    listeners.clientIds.add(clientId);
    this.#listeners.set(filter, listeners);
  }

  #unlisten(clientId: string, filter: string): void {
    const listeners = this.#listeners.get(filter);
    listeners?.clientIds.delete(clientId);
    if (listeners?.clientIds.size === 0) this.#listeners.delete(filter);
  }
}

// aedes numbers the messages of a broker.
const isSame = (one: AedesPublishPacket, other: AedesPublishPacket): boolean =>
  one.brokerId === other.brokerId && one.brokerCounter === other.brokerCounter;
