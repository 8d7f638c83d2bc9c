/**
 * The result of a direct message. `unconfirmed`: it was sent, and the device has not confirmed it
 * in time. `refused`: it was not sent, because the device's policy does not let it receive the
 * topic. `unreachable`: the broker could not be reached, so it was not sent.
 */
export type SendResult = "confirmed" | "unconfirmed" | "offline" | "refused" | "unreachable";

/** The link to the devices of one region. */
export interface DeviceLink {
  readonly region: string;
  /**
   * Sends a message to one device, at most once. Waits up to `callConfirmSeconds` for the
   * confirmation, unless it has QoS 0: then the result is `unconfirmed`. Fails with
   * `too_many_requests`, without sending it, when the device or the account receives too many
   * messages.
   */
  send(device: string, topic: string, payload: Uint8Array, qos?: 0 | 1): Promise<SendResult>;
  presence(device: string): Promise<Presence>;
  /** A device's reply to a call: the JSON text. `undefined` while there is none. */
  reply(device: string, call: string): Promise<string | undefined>;
  /** Closes a device's connection. Does nothing without one. */
  disconnect(device: string): Promise<void>;
}

/**
 * Whether the broker has a connection of a device, and since when it has or has not (milliseconds
 * since 1970). The broker forgets after a while when a connection has ended.
 */
export interface Presence {
  readonly connected: boolean;
  readonly since?: number;
}
