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
import { mergeEndpoints } from "./connection/endpoints.ts";
import { writeEndpoints } from "./connection/endpointsFile.ts";
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

/** Makes a device. It does nothing before `connect` or `publish`. */
export const createDevice = (options: DeviceOptions): Device => {
  const { functions = {}, variables = {}, endpoints, keepAliveSeconds = 1 } = options;
  validateOffer(functions, variables);
  if (!(keepAliveSeconds >= 1 && keepAliveSeconds <= keepAliveSecondsMax)) {
    throw new Error(`a keep-alive is 1 to ${keepAliveSecondsMax} s`);
  }
  if (endpoints.length === 0) throw new Error("a device needs an endpoint");
  for (const endpoint of endpoints) {
    if (/^mqtts?:$/.test(new URL(endpoint).protocol)) continue;
    throw new Error(`an endpoint is an mqtts URL, not ${endpoint}`);
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
  readonly #link: ConnectionManager;
  readonly #renewal: Renewal;
  readonly #emitter = new EventEmitter();
  /** Events that are published without the outbox and have no PUBACK yet. */
  readonly #direct = new Set<Promise<void>>();
  /** Makes ids that no earlier run has used. */
  readonly #boot = randomBytes(9).toString("base64url");
  #events = 0;
  #fleet: string;
  #endpoints: readonly string[];
  readonly #inTurn = limitConcurrency(1);
  #wakeSeconds: number | undefined;
  #outboxOpen: Promise<void> | undefined;
  #connection: Connection | undefined;
  #isReady = false;
  #whenReady = handled();
  /** The connection before was lost as soon as the fleet's topics were used. */
  #isCautious = false;
  #usesFleet = false;
  #isClosed = false;
  #endWait = () => {};

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
      restart: () => this.#link.restart(random() * reconnectBaseMs),
      report: (error) => this.#report(error),
    });
    this.#link = createConnectionManager({
      endpoints: () => this.#endpoints,
      open: (endpoint, events) =>
        openConnection(
          endpoint,
          { ...options, ...this.#renewal.credentials(), id, keepAliveSeconds, clock },
          events,
        ),
      clock,
      backoff: createBackoff({ random }),
      opened: (connection) => void this.#greet(connection),
      closed: (ending) => this.#lost(ending),
      message: (topic, payload) => this.#hear(topic, payload),
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
    Promise.all([this.#openOutbox(), this.#renewal.open()]).then(() => {
      if (!this.#isClosed) this.#link.start();
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
      throw new Error(`an event holds at most ${payloadBytesMax} bytes`);
    }
    if (!durable) return await this.#publishNow(eventTopic({ name, at, quiet }, this.#place), data);
    const now = this.#clock.now();
    const event: OutboxEvent = {
      id: `${this.#boot}-${this.#events++}`,
      name,
      // A copy: the caller may go on writing into theirs.
      data: Buffer.from(data),
      at: at ?? (now < clockValidFromMs ? undefined : now),
      quiet,
    };
    eventTopic(event, this.#place);
    await this.#openOutbox();
    await this.#outbox.add(event);
    this.#sender.sendDue();
  }

  async subscribe(prefix: string, handler: EventHandler): Promise<() => Promise<void>> {
    const remove = this.#subscriptions.add(prefix, handler);
    await this.#settle();
    return async () => {
      remove();
      await this.#settle();
    };
  }

  async flush(): Promise<void> {
    await this.#openOutbox();
    await this.#sender.flush();
  }

  async sleep(seconds: number, { withinMs = sleepFlushTimeoutMs } = {}): Promise<number> {
    this.#wakeSeconds = seconds;
    await this.#within(withinMs, async () => {
      await this.connect();
      await this.flush();
      await Promise.allSettled(this.#direct);
    });
    const connection = this.#connection;
    if (connection !== undefined)
      await this.#within(disconnectTimeoutMs, () => this.#hello(connection));
    await this.#link.stop();
    return this.#outbox.size;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#whenReady.reject(new Error("the device is closed"));
    await this.#link.stop();
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

  /** A broker that does not follow gets a new connection, which begins with what is wanted. */
  async #settle(): Promise<void> {
    const connection = this.#connection;
    try {
      await this.#subscriptions.sync();
    } catch (error) {
      this.#report(error);
      connection?.abort();
    }
  }

  get #learned(): readonly string[] {
    return this.#endpoints.filter((endpoint) => !this.#options.endpoints.includes(endpoint));
  }

  get #place() {
    return { fleet: this.#fleet, device: this.#options.id };
  }

  async #openOutbox(): Promise<void> {
    this.#outboxOpen ??= this.#outbox.open();
    await this.#outboxOpen;
  }

  /** A connection is ready when the first words on it are said. */
  async #greet(connection: Connection): Promise<void> {
    this.#connection = connection;
    const cancel = this.#clock.after(initializeTimeoutMs, () => connection.abort());
    try {
      await this.#introduce(connection);
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
    this.#whenReady.resolve();
    this.#emitter.emit("connect");
  }

  /**
   * Hello comes before anything that names the fleet: a device that believes it is in another one would be
   * thrown out for that, and the cloud needs a moment to set it right.
   */
  async #introduce(connection: Connection): Promise<void> {
    const { id } = this.#options;
    await connection.subscribe([`acks/${id}`, `calls/${id}`, `control/${id}`]);
    await this.#hello(connection);
    if (this.#isCautious) await this.#wait(helloOnlyMs);
    if (this.#connection !== connection) return;
    this.#usesFleet = true;
    await this.#subscriptions.attach(connection, this.#fleet);
  }

  #lost({ reason, isEarly }: Disconnection): void {
    const wasReady = this.#isReady;
    this.#isCautious = isEarly && this.#usesFleet;
    this.#usesFleet = false;
    this.#isReady = false;
    this.#connection = undefined;
    this.#sender.stop();
    this.#subscriptions.detach();
    this.#endWait();
    this.#renewal.lost({ wasReady });
    if (!wasReady) {
      this.#report(reason);
      return;
    }
    if (!this.#isClosed) this.#whenReady = handled();
    this.#emitter.emit("disconnect", reason);
  }

  async #hello(connection: Connection): Promise<void> {
    const { id, firmware = "unknown", functions = {}, variables = {}, claimCode } = this.#options;
    const offered = { firmware, functions, variables };
    const hello = {
      ...offered,
      fleet: this.#fleet,
      wakeSeconds: this.#wakeSeconds,
      claimCode,
      endpoints: this.#endpoints,
    };
    await connection.publish(`hello/${id}`, writeHello(hello));
  }

  #hear(topic: string, payload: Buffer): void {
    const { id } = this.#options;
    const text = () => payload.toString("utf8");
    if (topic === `acks/${id}`) this.#watch(this.#sender.acknowledge(parseAcks(text())));
    else if (topic === `calls/${id}`) this.#watch(this.#answer(text()));
    else if (topic === `control/${id}`) this.#watch(this.#obey(text()));
    else this.#subscriptions.deliver(topic, payload);
  }

  async #answer(call: string): Promise<void> {
    const reply = await this.#calls.handle(call);
    if (reply === undefined) return;
    // The connection may be another one by now; without one, the cloud asks again or has given up.
    const topic = `$aws/rules/godwit_returns/returns/${this.#options.id}`;
    await this.#connection?.publish(topic, reply);
  }

  async #obey(payload: string): Promise<void> {
    const control = parseControl(payload);
    switch (control?.command) {
      case "hello":
        if (this.#connection !== undefined) await this.#hello(this.#connection);
        return;
      case "reconnect":
        return await this.#link.restart(this.#random() * control.delayMs);
      case "signal":
        return this.#options.onSignal?.(control.on);
      case "fleet":
        return await this.#move(control.fleet);
      case "endpoints":
        return await this.#learn(control.endpoints);
      case "rotate":
        return this.#renewal.rotate();
      case "certificate":
        return this.#renewal.handleAnswer(control.answer);
    }
  }

  /** Takes in endpoints of regions that were added later. They are used from the next failure on; the connection stays. */
  async #learn(announced: readonly string[]): Promise<void> {
    const { id, endpoints: given, endpointsFile, onEndpoints } = this.#options;
    const current = this.#link.current();
    const all = mergeEndpoints(announced, { given, all: this.#endpoints, current });
    if (all.join() === this.#endpoints.join()) return;
    this.#endpoints = all;
    if (endpointsFile !== undefined) {
      await this.#inTurn(() => writeEndpoints(endpointsFile, id, this.#learned));
    }
    await onEndpoints?.(all);
  }

  /** Events that wait go out in the new fleet. What a connection may do is settled when it is made. */
  async #move(fleet: string): Promise<void> {
    if (fleet === this.#fleet) return;
    this.#fleet = fleet;
    this.#sender.stop();
    try {
      await this.#options.onFleet?.(fleet);
    } finally {
      await this.#link.restart(this.#random() * reconnectBaseMs);
    }
  }

  #send(event: OutboxEvent): void {
    const send = async () => this.#connection?.publish(eventTopic(event, this.#place), event.data);
    this.#watch(send());
  }

  async #publishNow(topic: string, data: string | Uint8Array): Promise<void> {
    if (this.#connection === undefined || !this.#isReady) {
      throw new Error("the device is not connected");
    }
    const published = this.#connection.publish(topic, data);
    this.#direct.add(published);
    try {
      await published;
    } finally {
      this.#direct.delete(published);
    }
  }

  /** Waits for something, but not for longer, and whether it fails or not. */
  async #within(ms: number, run: () => Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(ms, resolve);
    await Promise.race([promise, run().catch((error: unknown) => this.#report(error))]);
    cancel();
  }

  /** Waits, but not for longer than the connection lasts. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve);
      this.#endWait = () => {
        cancel();
        resolve();
      };
    });
  }

  #watch(work: Promise<unknown>): void {
    void work.catch((error: unknown) => this.#report(error));
  }

  #report(error: unknown): void {
    if (this.#emitter.listenerCount("error") === 0) return;
    this.#emitter.emit("error", error instanceof Error ? error : new Error(String(error)));
  }
}

/** A promise that may fail with nobody waiting for it. */
const handled = (): PromiseWithResolvers<void> => {
  const resolvers = Promise.withResolvers<void>();
  resolvers.promise.catch(() => {});
  return resolvers;
};
