import type { Clock } from "../platform/clock.ts";
import type { UpdateCommand } from "./offer.ts";

/** What the client offers to an update handler. */
export interface UpdateLink {
  readonly clock: Clock;
  /** Returns a number from 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** CA certificate of the broker, PEM: on one machine, the URLs have a certificate of it too. */
  readonly ca: string | undefined;
  /** Publishes a report or a request. Resolves on the PUBACK. Rejects without a connection. */
  readonly send: (message: object) => Promise<void>;
  /** Sends hello again, if the device is connected. */
  readonly sendHello: () => Promise<void>;
  /** Reports an error that is not fatal. */
  readonly report: (error: unknown) => void;
}

/** Fields of the update handler in a hello. */
export interface UpdateHello {
  /** Number of the key document that the device holds. */
  readonly keys?: number | undefined;
  /** SHA-256 of the running image, hex. */
  readonly image?: string | undefined;
  /** SHA-256 of the image in the other slot, hex. */
  readonly other?: string | undefined;
  readonly slots: number;
  /** Whether the device takes updates now. */
  readonly updates: boolean;
  /** Reason of the last reset, in the first hello after it. */
  readonly reset?: string | undefined;
  /** Minutes east of UTC. */
  readonly utcOffset: number;
  readonly platform?: string | undefined;
  /** Version of the running image. */
  readonly firmware?: string | undefined;
}

/** Updates the firmware of a device. Create it with `createUpdates`. */
export interface Updates {
  /** Called once, before the first connection. */
  open(link: UpdateLink): Promise<void>;
  /** The fields of the next hello. */
  hello(): UpdateHello;
  /** The cloud has received the hello. `endpoint`: the URL of the broker. */
  connectionReady(endpoint?: string): void;
  connectionLost(): void;
  handle(command: UpdateCommand): void;
  /** Handles a message on `firmware/{device}`. */
  handleBlock(payload: Buffer): void;
  /** Stops downloads. A download continues after the next start. */
  close(): void;
}
