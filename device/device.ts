import type { Functions } from "./calls/callHandler.ts";
import type { Variables } from "./calls/variable.ts";
import type { CertificateStore } from "./credentials/certificateStore.ts";
import type { Identity } from "./credentials/readIdentity.ts";
import type { EventHandler } from "./messages/subscriptions.ts";
import type { Outbox } from "./outbox/outbox.ts";
import type { Clock } from "./platform/clock.ts";

/** Who a device is, what it offers, and what it does when the cloud asks. */
export interface DeviceOptions extends Identity {
  /** The version of what runs on the device. */
  readonly firmware?: string;
  readonly functions?: Functions;
  readonly variables?: Variables;
  /** Where events wait for their acks; without it in memory, and lost with the process. */
  readonly outbox?: Outbox;
  /**
   * Keeps the keys and certificates of a device that renews its certificate by itself. Without it, the device keeps the
   * certificate that it was given.
   */
  readonly certificates?: CertificateStore;
  /** How often a sleepy device wakes up. */
  readonly wakeSeconds?: number;
  /** A claim code that its next owner has: said in each hello, it proves that they hold the device. */
  readonly claimCode?: string;
  readonly keepAliveSeconds?: number;
  /** Somebody wants to see which device this is: blink, until it is off again. */
  readonly onSignal?: (on: boolean) => void;
  /** The device is in another fleet from now on: keep that on the disk. */
  readonly onFleet?: (fleet: string) => void | Promise<void>;
  /** The cloud has told endpoints that were not known: keep these, all that are known now, on the disk. */
  readonly onEndpoints?: (endpoints: readonly string[]) => void | Promise<void>;
  readonly clock?: Clock;
  /** Chance, from 0 up to 1. */
  readonly random?: () => number;
}

/** How an event is published. */
export interface PublishOptions {
  /** Whether to keep it until the cloud has stored it (the default), or to publish it once, now. */
  readonly durable?: boolean;
  /** Integrations only: no live subscriber sees it. */
  readonly quiet?: boolean;
  /** When it happened, in milliseconds since 1970. A kept event has the time of its publishing. */
  readonly at?: number;
}

/** What a device tells its owner. */
export interface DeviceEvents {
  connect: [];
  disconnect: [reason: Error];
  error: [error: Error];
}

/** A device of the cloud. */
export interface Device {
  /** The fleet that it is in. */
  readonly fleet: string;
  /** Whether it is connected and has said hello. */
  readonly connected: boolean;
  /** How many events wait for their acks. */
  readonly waiting: number;
  /** Connects, and stays connected. Resolves when it is; need not be waited for. */
  connect(): Promise<void>;
  /**
   * Resolves when the event is in the outbox; fails with `OutboxFull` when it has no room. An event that is
   * not durable resolves when the broker has it, and fails when there is no connection.
   */
  publish(name: string, data: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /** Hears the fleet's events whose names begin with the prefix. What it answers takes that back. */
  subscribe(prefix: string, handler: EventHandler): Promise<() => Promise<void>>;
  /** Resolves when the cloud has stored every event that was published until now. */
  flush(): Promise<void>;
  /**
   * Gets everything out (for `withinMs` at most), says when it will be back, and goes. The device may power
   * down when it resolves, with the number of events that are still in the outbox. `connect` comes back.
   */
  sleep(seconds: number, options?: { readonly withinMs?: number }): Promise<number>;
  /** Says goodbye, for good. */
  close(): Promise<void>;
  /** Without a listener, an error is silent: the device tries again by itself. */
  on<Name extends keyof DeviceEvents>(
    name: Name,
    listener: (...args: DeviceEvents[Name]) => void,
  ): void;
}
