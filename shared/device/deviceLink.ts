/**
 * `unconfirmed`: it was sent, and the device did not say in time that it came. `unreachable`: nobody was there to
 * send it, and it was not sent.
 */
export type SendResult = "confirmed" | "unconfirmed" | "offline" | "unreachable";

/** The way to the devices of one region. */
export interface DeviceLink {
  readonly region: string;
  /** Sends a message to one device, once, whatever happens. Waits `callConfirmSeconds` at most. */
  send(device: string, topic: string, payload: Uint8Array): Promise<SendResult>;
  presence(device: string): Promise<Presence>;
  /** What a device answered to a call: JSON text as it came. `undefined` when there is nothing yet. */
  reply(device: string, call: string): Promise<string | undefined>;
  /** Closes a device's connection, if there is one. */
  disconnect(device: string): Promise<void>;
}

/** Whether the broker holds a connection of a device, and since when (milliseconds since 1970). */
export interface Presence {
  readonly connected: boolean;
  readonly since?: number;
}
