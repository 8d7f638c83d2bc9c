import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import { type CallHandler, createCallHandler } from "./calls/callHandler.ts";
import { createBackoff } from "./connection/backoff.ts";
import { type Connection, openConnection } from "./connection/connection.ts";
import {
  type ConnectionManager,
  createConnectionManager,
  type Disconnection,
} from "./connection/connectionManager.ts";
import { mergeEndpoints, writeEndpoints } from "./connection/endpoints.ts";

import { createRenewal, type Renewal } from "./credentials/renewal.ts";
import type { Device, DeviceEvents, DeviceOptions, PublishOptions } from "./device.ts";
import {
  clockValidFromMs,
  disconnectTimeoutMs,
  helloOnlyMs,
  initializeTimeoutMs,
  keepAliveSecondsDefault,
  keepAliveSecondsMax,
  payloadBytesMax,
  reconnectBaseMs,
  sleepFlushTimeoutMs,
  vitalsSecondsMax,
  vitalsSecondsMin,
} from "./limits.ts";
import { parseAcks, parseControl } from "./messages/control.ts";
import { validateOffer, writeHello } from "./messages/hello.ts";
import {
  createSubscriptions,
  type EventHandler,
  type Subscriptions,
} from "./messages/subscriptions.ts";
import { checkName, eventTopic } from "./messages/topic.ts";
import { memoryOutbox } from "./outbox/memoryOutbox.ts";
import type { Outbox, OutboxEvent } from "./outbox/outbox.ts";
import { createSender, type Sender } from "./outbox/sender.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { limitConcurrency } from "./platform/limitConcurrency.ts";
import { createVitalsPublisher, type VitalsPublisher } from "./vitals/vitalsPublisher.ts";

/** Creates a device. It opens no file or connection before `connect` or `publish`. */
export const createDevice = (options: DeviceOptions): Device => {
  const { functions = {}, variables = {}, endpoints, keepAliveSeconds = 1 } = options;
  validateOffer(functions, variables);
  if (!(keepAliveSeconds >= 1 && keepAliveSeconds <= keepAliveSecondsMax)) {
    throw new Error(`keepAliveSeconds must be 1 to ${keepAliveSecondsMax}`);
  }
  const { vitalsSeconds = vitalsSecondsMin } = options;
  if (!(vitalsSeconds >= vitalsSecondsMin && vitalsSeconds <= vitalsSecondsMax)) {
    throw new Error(`vitalsSeconds must be ${vitalsSecondsMin} to ${vitalsSecondsMax}`);
  }
  if (endpoints.length === 0) throw new Error("endpoints must not be empty");
  for (const endpoint of endpoints) {
    if (/^mqtts?:$/.test(new URL(endpoint).protocol)) continue;
    throw new Error(`an endpoint must be an mqtts URL, not ${endpoint}`);
  }
  return new Client(options);
};

class Client implements Device {
  readonly #options: DeviceOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #outbox: Outbox;
  readonly #sender: Sender;
  readonly #calls: CallHandler;
  readonly #subscriptions: Subscriptions;
  readonly #manager: ConnectionManager;
  readonly #renewal: Renewal;
  readonly #vitals: VitalsPublisher;
  readonly #emitter = new EventEmitter();
  /** Publishes without the outbox that wait for a PUBACK. */
  readonly #pendingPublishes = new Set<Promise<void>>();
  /** Prefix of event ids, unique to this run. */
  readonly #runId = randomBytes(9).toString("base64url");
  #eventCount = 0;
  #fleet: string;
  #endpoints: readonly string[];
  readonly #writeSerially = limitConcurrency(1);
  #wakeSeconds: number | undefined;
  #outboxOpen: Promise<void> | undefined;
  #connection: Connection | undefined;
  #isReady = false;
  #whenReady = handledPromise();
  /** The previous connection ended early, after the device had used topics of its fleet. */
  #isHelloOnly = false;
  #hasUsedFleet = false;
  #isClosed = false;
  #cancelWait = () => {};

  constructor(options: DeviceOptions) {
    const { id, clock = systemClock, random = Math.random, outbox = memoryOutbox() } = options;
    const { functions = {}, variables = {}, keepAliveSeconds = keepAliveSecondsDefault } = options;
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#fleet = options.fleet;
    this.#endpoints = [...new Set([...options.endpoints, ...(options.learnedEndpoints ?? [])])];
    this.#wakeSeconds = options.wakeSeconds;
    this.#outbox = outbox;
    this.#sender = createSender({ outbox, clock, send: (event) => this.#send(event) });
    this.#calls = createCallHandler({ functions, variables }, clock);
    this.#subscriptions = createSubscriptions((error) => this.#report(error));
    this.#renewal = createRenewal({
      identity: options,
      store: options.certificates,
      clock,
      random,
      send: async (request) => {
        const topic = `$aws/rules/godwit_certificates/certificates/${id}`;
        await this.#connection?.publish(topic, JSON.stringify({ csr: request }));
      },
      restart: () => this.#manager.restart(random() * reconnectBaseMs),
      report: (error) => this.#report(error),
    });
    this.#vitals = createVitalsPublisher({
      read: options.vitals,
      seconds: options.vitalsSeconds,
      clock,
      random,
      send: (name, data) => this.publish(name, data, { durable: false }),
      report: (error) => this.#report(error),
    });
    this.#manager = createConnectionManager({
      endpoints: () => this.#endpoints,
      open: (endpoint, events) =>
        openConnection(
          endpoint,
          { ...options, ...this.#renewal.credentials(), id, keepAliveSeconds, clock },
          events,
        ),
      clock,
      backoff: createBackoff({ random, elapsed: () => clock.elapsed() }),
      opened: (connection) => void this.#initialize(connection),
      closed: (disconnection) => this.#handleDisconnection(disconnection),
      message: (topic, payload) => this.#handleMessage(topic, payload),
    });
  }

  get fleet(): string {
    return this.#fleet;
  }

  get connected(): boolean {
    return this.#isReady;
  }

  get waiting(): number {
    return this.#outbox.size;
  }

  connect(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error("the device is closed"));
    const { promise, reject } = this.#whenReady;
    Promise.all([this.#openOutbox(), this.#renewal.open(), this.#openUpdates()]).then(() => {
      if (!this.#isClosed) this.#manager.start();
    }, reject);
    return promise;
  }

  async publish(
    name: string,
    data: string | Uint8Array,
    { durable = true, quiet = false, at }: PublishOptions = {},
  ): Promise<void> {
    if (this.#isClosed) throw new Error("the device is closed");
    checkName(name);
    if (Buffer.byteLength(data) > payloadBytesMax) {
      throw new Error(`the data of an event must not exceed ${payloadBytesMax} bytes`);
    }
    if (!durable)
      return await this.#publishNow(eventTopic({ name, at, quiet }, this.#topicLevels), data);
    const now = this.#clock.now();
    const event: OutboxEvent = {
      id: `${this.#runId}-${this.#eventCount++}`,
      name,
      // Copy: the caller may reuse its buffer.
      data: Buffer.from(data),
      at: at ?? (now < clockValidFromMs ? undefined : now),
      quiet,
    };
    eventTopic(event, this.#topicLevels);
    await this.#openOutbox();
    await this.#outbox.add(event);
    this.#sender.sendDue();
  }

  async subscribe(prefix: string, handler: EventHandler): Promise<() => Promise<void>> {
    const remove = this.#subscriptions.add(prefix, handler);
    await this.#syncSubscriptions();
    return async () => {
      remove();
      await this.#syncSubscriptions();
    };
  }

  async flush(): Promise<void> {
    await this.#openOutbox();
    await this.#sender.flush();
  }

  async sleep(seconds: number, { withinMs = sleepFlushTimeoutMs } = {}): Promise<number> {
    this.#wakeSeconds = seconds;
    await this.#withTimeout(withinMs, async () => {
      await this.connect();
      await this.flush();
      await Promise.allSettled(this.#pendingPublishes);
    });
    const connection = this.#connection;
    if (connection !== undefined)
      await this.#withTimeout(disconnectTimeoutMs, () => this.#sendHello(connection));
    await this.#manager.stop();
    return this.#outbox.size;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.updates?.close();
    this.#whenReady.reject(new Error("the device is closed"));
    await this.#manager.stop();
    if (this.#outboxOpen === undefined) return;
    await this.#outboxOpen;
    await this.#outbox.close();
  }

  on<Name extends keyof DeviceEvents>(
    name: Name,
    listener: (...args: DeviceEvents[Name]) => void,
  ): void {
    this.#emitter.on(name, listener);
  }

  /** Updates the filters at the broker. If that fails, reconnects with the current filters. */
  async #syncSubscriptions(): Promise<void> {
    const connection = this.#connection;
    try {
      await this.#subscriptions.sync();
    } catch (error) {
      this.#report(error);
      connection?.abort();
    }
  }

  get #learnedEndpoints(): readonly string[] {
    return this.#endpoints.filter((endpoint) => !this.#options.endpoints.includes(endpoint));
  }

  get #topicLevels() {
    return { fleet: this.#fleet, device: this.#options.id };
  }

  async #openOutbox(): Promise<void> {
    this.#outboxOpen ??= this.#outbox.open();
    await this.#outboxOpen;
  }

  async #openUpdates(): Promise<void> {
    const { id, ca, updates } = this.#options;
    await updates?.open({
      clock: this.#clock,
      random: this.#random,
      ca,
      send: async (message) => {
        if (this.#connection === undefined) throw new Error("the device is not connected");
        const topic = `$aws/rules/godwit_updates/updates/${id}`;
        await this.#connection.publish(topic, JSON.stringify(message));
      },
      sendHello: async () => {
        if (this.#connection !== undefined) await this.#sendHello(this.#connection);
      },
      report: (error) => this.#report(error),
    });
  }

  /** Subscribes and sends hello; after that the connection is ready. */
  async #initialize(connection: Connection): Promise<void> {
    this.#connection = connection;
    const cancel = this.#clock.after(initializeTimeoutMs, () => connection.abort());
    try {
      await this.#subscribeAndHello(connection);
    } catch (error) {
      this.#report(error);
      connection.abort();
      return;
    } finally {
      cancel();
    }
    if (this.#connection !== connection) return;
    this.#isReady = true;
    this.#sender.start();
    this.#renewal.connectionReady();
    this.#vitals.start();
    this.#options.updates?.connectionReady(this.#manager.current());
    this.#whenReady.resolve();
    this.#emitter.emit("connect");
  }

  /**
   * Sends hello before any message with the fleet in its topic. If the device has been moved, the
   * broker closes the connection on such a topic. After an early disconnection the device therefore
   * waits, so that the cloud can send it the new fleet.
   */
  async #subscribeAndHello(connection: Connection): Promise<void> {
    const { id, updates } = this.#options;
    const own = [`acks/${id}`, `calls/${id}`, `control/${id}`];
    await connection.subscribe(updates === undefined ? own : [...own, `firmware/${id}`]);
    await this.#sendHello(connection);
    if (this.#isHelloOnly) await this.#wait(helloOnlyMs);
    if (this.#connection !== connection) return;
    this.#hasUsedFleet = true;
    await this.#subscriptions.attach(connection, this.#fleet);
  }

  #handleDisconnection({ reason, isEarly }: Disconnection): void {
    const wasReady = this.#isReady;
    this.#isHelloOnly = isEarly && this.#hasUsedFleet;
    this.#hasUsedFleet = false;
    this.#isReady = false;
    this.#connection = undefined;
    this.#sender.stop();
    this.#vitals.stop();
    this.#subscriptions.detach();
    this.#cancelWait();
    this.#renewal.connectionLost({ wasReady });
    this.#options.updates?.connectionLost();
    if (!wasReady) {
      this.#report(reason);
      return;
    }
    if (!this.#isClosed) this.#whenReady = handledPromise();
    this.#emitter.emit("disconnect", reason);
  }

  async #sendHello(connection: Connection): Promise<void> {
    const { id, functions = {}, variables = {}, claimCode } = this.#options;
    const updates = this.#options.updates?.hello();
    const firmware = this.#options.firmware ?? updates?.firmware ?? "unknown";
    const offered = { firmware, functions, variables };
    const hello = {
      ...offered,
      fleet: this.#fleet,
      wakeSeconds: this.#wakeSeconds,
      claimCode,
      endpoints: this.#endpoints,
      updates,
    };
    await connection.publish(`hello/${id}`, writeHello(hello));
  }

  #handleMessage(topic: string, payload: Buffer): void {
    const { id } = this.#options;
    const text = () => payload.toString("utf8");
    if (topic === `acks/${id}`) this.#reportFailure(this.#sender.acknowledge(parseAcks(text())));
    else if (topic === `calls/${id}`) this.#reportFailure(this.#handleCall(text()));
    else if (topic === `control/${id}`) this.#reportFailure(this.#handleControl(text()));
    else if (topic === `firmware/${id}`) this.#options.updates?.handleBlock(payload);
    else this.#subscriptions.deliver(topic, payload);
  }

  async #handleCall(call: string): Promise<void> {
    const reply = await this.#calls.handle(call);
    if (reply === undefined) return;
    // This may be a later connection. Without one, the cloud repeats the call or it has timed out.
    const topic = `$aws/rules/godwit_returns/returns/${this.#options.id}`;
    await this.#connection?.publish(topic, reply);
  }

  async #handleControl(payload: string): Promise<void> {
    const control = parseControl(payload);
    switch (control?.command) {
      case "hello":
        if (this.#connection !== undefined) await this.#sendHello(this.#connection);
        return;
      case "reconnect":
        return await this.#manager.restart(this.#random() * control.delayMs);
      case "signal":
        return this.#options.onSignal?.(control.on);
      case "fleet":
        return await this.#move(control.fleet);
      case "endpoints":
        return await this.#addEndpoints(control.endpoints);
      case "rotate":
        return this.#renewal.rotate();
      case "vitals":
        return await this.#vitals.publish();
      case "certificate":
        return this.#renewal.handleAnswer(control.answer);
      case "update":
      case "rollback":
      case "cancel_update":
        return this.#options.updates?.handle(control);
    }
  }

  /** Adds announced endpoints. The connection stays; the next failure may use them. */
  async #addEndpoints(announced: readonly string[]): Promise<void> {
    const { id, endpoints: given, endpointsFile, onEndpoints } = this.#options;
    const current = this.#manager.current();
    const all = mergeEndpoints(announced, { given, all: this.#endpoints, current });
    if (all.join() === this.#endpoints.join()) return;
    this.#endpoints = all;
    if (endpointsFile !== undefined) {
      await this.#writeSerially(() => writeEndpoints(endpointsFile, id, this.#learnedEndpoints));
    }
    await onEndpoints?.(all);
  }

  /** Moves to a fleet. Reconnects, because the broker evaluates permissions at connect time. */
  async #move(fleet: string): Promise<void> {
    if (fleet === this.#fleet) return;
    this.#fleet = fleet;
    this.#sender.stop();
    try {
      await this.#options.onFleet?.(fleet);
    } finally {
      await this.#manager.restart(this.#random() * reconnectBaseMs);
    }
  }

  #send(event: OutboxEvent): void {
    const send = async () =>
      this.#connection?.publish(eventTopic(event, this.#topicLevels), event.data);
    this.#reportFailure(send());
  }

  async #publishNow(topic: string, data: string | Uint8Array): Promise<void> {
    if (this.#connection === undefined || !this.#isReady) {
      throw new Error("the device is not connected");
    }
    const published = this.#connection.publish(topic, data);
    this.#pendingPublishes.add(published);
    try {
      await published;
    } finally {
      this.#pendingPublishes.delete(published);
    }
  }

  /** Waits until a task settles or the time is over. Reports the error of the task. */
  async #withTimeout(ms: number, run: () => Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(ms, resolve);
    await Promise.race([promise, run().catch((error: unknown) => this.#report(error))]);
    cancel();
  }

  /** Waits until the time is over or the connection ends. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#cancelWait = () => {
        cancel();
        resolve();
      };
    });
  }

  #reportFailure(work: Promise<unknown>): void {
    void work.catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    if (this.#emitter.listenerCount("error") === 0) return;
    this.#emitter.emit("error", error instanceof Error ? error : new Error(String(error)));
  }
}

/** A promise whose rejection needs no handler. */
const handledPromise = (): PromiseWithResolvers<void> => {
  const resolvers = Promise.withResolvers<void>();
  resolvers.promise.catch(() => {});
  return resolvers;
};
