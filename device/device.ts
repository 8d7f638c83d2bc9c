import type { Functions } from "./calls/callHandler.ts";
import type { Variables } from "./calls/variable.ts";
import type { CertificateStore } from "./credentials/certificateStore.ts";
import type { Identity } from "./credentials/readIdentity.ts";
import type { EventHandler } from "./messages/subscriptions.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Clock } from "./platform/clock.ts";
import type { Updates } from "./update/updates.ts";
import type { Vitals } from "./vitals/vitalsPublisher.ts";

/** Identity, functions, variables and callbacks of a device. */
export interface DeviceOptions extends Identity {
  /**
   * Version of the firmware or application on the device. Default: the version of the running image
   * of `updates`.
   */
  readonly firmware?: string;
  /** Updates the firmware: see `createUpdates`. Default: offers of firmware are ignored. */
  readonly updates?: Updates;
  readonly functions?: Functions;
  readonly variables?: Variables;
  /** Storage of events without an ack. Default: in memory; a restart discards the events. */
  readonly outbox?: Outbox;
  /**
   * Stores the keys and certificates of a device that renews its certificate. Without it, the
   * device always uses the provisioned certificate.
   */
  readonly certificates?: CertificateStore;
  /** Wake-up interval of a sleepy device. */
  readonly wakeSeconds?: number;
  /** Claim code, sent in each hello. It proves that the owner of the code holds the device. */
  readonly claimCode?: string;
  readonly keepAliveSeconds?: number;
  /** Measures the vitals of the device. They are published when a user asks for them. */
  readonly vitals?: () => Vitals | Promise<Vitals>;
  /** Interval on which vitals are also published, 60 to 604,800. Default: on request only. */
  readonly vitalsSeconds?: number;
  /** A user wants to identify this device: blink while `on` is true. */
  readonly onSignal?: (on: boolean) => void;
  /** The device was moved to another fleet. Store the new fleet durably. */
  readonly onFleet?: (fleet: string) => void | Promise<void>;
  /** The cloud announced new endpoints. Called with all known endpoints; store them durably. */
  readonly onEndpoints?: (endpoints: readonly string[]) => void | Promise<void>;
  readonly clock?: Clock;
  /** Returns a random number from 0 (inclusive) to 1 (exclusive). Default: `Math.random`. */
  readonly random?: () => number;
}

/** Options of `publish`. */
export interface PublishOptions {
  /** Default: true, keep the event until the cloud has stored it. False: publish once, now. */
  readonly durable?: boolean;
  /** Deliver to integrations only, not to live subscribers. */
  readonly quiet?: boolean;
  /** Event time, in milliseconds since 1970. Default for durable events: the current time. */
  readonly at?: number;
}

/** Events that a device emits, with the arguments of their listeners. */
export interface DeviceEvents {
  connect: [];
  disconnect: [reason: Error];
  error: [error: Error];
}

/** A client of the cloud. */
export interface Device {
  /** The current fleet of the device. */
  readonly fleet: string;
  /** Whether the device is connected and has sent hello. */
  readonly connected: boolean;
  /** Number of events without an ack. */
  readonly waiting: number;
  /** Connects and stays connected. Resolves when connected; awaiting it is optional. */
  connect(): Promise<void>;
  /**
   * Publishes an event.
   *
   * | `durable` | Resolves | Rejects |
   * |---|---|---|
   * | true | when the outbox has stored the event | with `OutboxFull` if the outbox is full |
   * | false | on the PUBACK of the broker | without a connection |
   */
  publish(name: string, data: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /**
   * Subscribes to the fleet's events whose names begin with the prefix (case-sensitive). Returns an
   * unsubscribe function.
   */
  subscribe(prefix: string, handler: EventHandler): Promise<() => Promise<void>>;
  /** Resolves when the cloud has stored every event published so far. */
  flush(): Promise<void>;
  /**
   * Flushes the outbox for at most `withinMs` (default 30,000), sends hello with the wake-up
   * interval, and disconnects. Resolves with the number of events still in the outbox; the device
   * may power down then. `connect` reconnects.
   */
  sleep(seconds: number, options?: { readonly withinMs?: number }): Promise<number>;
  /** Disconnects permanently. */
  close(): Promise<void>;
  /** Adds a listener. Errors without a listener are ignored: the device retries by itself. */
  on<Name extends keyof DeviceEvents>(
    name: Name,
    listener: (...args: DeviceEvents[Name]) => void,
  ): void;
}
