import { createDevice } from "../device/client.ts";
import type { Device } from "../device/device.ts";
import { createUpdates } from "../device/update/createUpdates.ts";
import { diskSlots, installImage } from "../device/update/diskSlots.ts";
import { memoryDisk } from "../device/update/memoryDisk.ts";
import type { UpdateCommand } from "../device/update/offer.ts";
import type { SlotDisk } from "../device/update/slotDisk.ts";
import { startSlot } from "../device/update/startSlot.ts";
import type { UpdateLink, Updates } from "../device/update/updates.ts";
import type { Fault } from "./faults.ts";

/** Identity of a device, as the cloud has provisioned it. */
export interface SimulatedIdentity {
  readonly id: string;
  readonly fleet: string;
  readonly certificate: string;
  readonly privateKey: string;
}

export interface SimulatedDeviceOptions {
  readonly identity: SimulatedIdentity;
  /** MQTT URLs of the regions, in the order in which the device uses them. */
  readonly endpoints: readonly string[];
  readonly ca: string;
  readonly product: number;
  /** The envelope of the key document. */
  readonly keys: object;
  /** The image with which the device is delivered, of version 1. */
  readonly image: Buffer;
  readonly platform: string;
  readonly fault: Fault | undefined;
  /** The fault of every device that runs a new image. */
  readonly imageFault: Fault | undefined;
  readonly intervalMs: number;
  readonly daySeconds: number;
  /** A new image that does not connect within this time is reverted. */
  readonly confirmMs: number;
  /** A restart takes up to twice this time. */
  readonly bootMs: number;
  readonly random: () => number;
  /** Sees each command about the firmware that the device receives. */
  readonly onCommand?: ((device: string, command: UpdateCommand) => void) | undefined;
  /** Sees each report or request about the firmware that the device sends. */
  readonly onMessage?: ((device: string, message: object) => void) | undefined;
}

/** What a device really does, to compare it with the books of the cloud. */
export interface DeviceTruth {
  readonly id: string;
  readonly fault: Fault | undefined;
  /** Version of the running image. */
  readonly version: number;
  readonly isTrial: boolean;
  readonly isConnected: boolean;
  readonly starts: number;
  /** Starts of a new image. */
  readonly newStarts: number;
  /** The latest error, for a person. */
  readonly error: string | undefined;
}

/** A device with two slots, whose process restarts with the slot that its start program chooses. */
export class SimulatedDevice {
  readonly #options: SimulatedDeviceOptions;
  readonly #disk: SlotDisk;
  #session = 0;
  #device: Device | undefined;
  #timers: NodeJS.Timeout[] = [];
  #version = 1;
  #isTrial = false;
  #starts = 0;
  #newStarts = 0;
  #isStopped = false;
  #error: string | undefined;
  /** Writes into a slot until the power is cut. */
  #writesLeft: number | undefined;
  #claimed: string | undefined;

  constructor(options: SimulatedDeviceOptions) {
    this.#options = options;
    this.#disk = memoryDisk();
    if (options.fault === "power-cut") this.#writesLeft = 0;
  }

  get truth(): DeviceTruth {
    const { identity, fault } = this.#options;
    return {
      id: identity.id,
      fault,
      version: this.#version,
      isTrial: this.#isTrial,
      isConnected: this.#device?.connected ?? false,
      starts: this.#starts,
      newStarts: this.#newStarts,
      error: this.#error,
    };
  }

  /** Installs the first image and starts. Resolves when connected. */
  async start(): Promise<void> {
    await installImage(this.#disk, this.#options.image, { version: 1, sequence: 1 });
    await this.#boot();
    await this.#device?.connect();
  }

  /** Sleeps for a day: announces it, disconnects, and connects when the day is over. */
  async sleep(): Promise<void> {
    const { daySeconds } = this.#options;
    await this.#device?.sleep(daySeconds, { withinMs: 1_000 });
    this.#after(daySeconds * 1_000 * (0.8 + 0.2 * this.#options.random()), () =>
      this.#device?.connect(),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#session += 1;
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const device = this.#device;
    this.#device = undefined;
    await device?.close();
  }

  /** Ends the process and starts it again, as after a restart or when the power returns. */
  #reboot(): void {
    void this.#end().then(() =>
      this.#after(this.#options.bootMs * (1 + this.#options.random()), () => this.#boot()),
    );
  }

  async #boot(): Promise<void> {
    if (this.#isStopped) return;
    this.#starts += 1;
    const session = this.#session;
    const { image, isTrial } = await startSlot(this.#disk);
    if (session !== this.#session) return;
    this.#version = image.version;
    this.#isTrial = isTrial;
    const { identity, endpoints, ca, intervalMs, random } = this.#options;
    const isNew = image.version > 1;
    if (isNew) this.#newStarts += 1;
    const fault = isNew ? (this.#options.imageFault ?? this.#options.fault) : undefined;
    const device = createDevice({
      ...identity,
      ca,
      endpoints: fault === "no-connect" ? ["mqtts://127.0.0.1:1"] : endpoints,
      updates: this.#updates(session),
      functions: {
        ping: () => (fault === "no-work" ? new Promise<number>(() => {}) : 1),
      },
      random,
    });
    device.on("error", (error) => {
      this.#error = error.message;
    });
    this.#device = device;
    void device.connect().catch(() => {});
    if (fault !== "no-work") this.#publish(device, intervalMs * random(), intervalMs);
  }

  #publish(device: Device, waitMs: number, intervalMs: number): void {
    this.#after(waitMs, () => {
      if (device.connected) {
        device.publish("fleet", "1", { durable: false }).catch(() => {});
      }
      this.#publish(device, intervalMs, intervalMs);
    });
  }

  /** The update handler of a process, with the fault of the device. */
  #updates(session: number): Updates {
    const { identity, product, keys, platform, fault, onCommand, onMessage } = this.#options;
    const isAlive = () => session === this.#session;
    const updates = createUpdates({
      slots: diskSlots(this.#faultyDisk(isAlive), this.#options.image.length * 4),
      product,
      keys,
      platform,
      confirmWithinMs: this.#options.confirmMs,
      restart: () => void (isAlive() && this.#reboot()),
    });
    let link: UpdateLink | undefined;
    return {
      ...boundUpdates(updates),
      open: (given) => {
        link = given;
        // A process without power reports nothing.
        const send = async (message: object) => {
          if (!isAlive()) return;
          onMessage?.(identity.id, message);
          await given.send(message);
        };
        return updates.open({ ...given, send });
      },
      hello: () => {
        const hello = updates.hello();
        return this.#claimed === undefined ? hello : { ...hello, firmware: this.#claimed };
      },
      connectionReady: () => {
        this.#isTrial = false;
        updates.connectionReady();
      },
      handle: (command) => {
        onCommand?.(identity.id, command);
        if (fault === "silent") return;
        if (fault === "lies") return this.#lie(command, link);
        updates.handle(command);
        if (fault === "twice") updates.handle(command);
      },
    };
  }

  /** Claims to have installed an offer. */
  #lie(command: UpdateCommand, link: UpdateLink | undefined): void {
    if (command.command !== "update" || link === undefined) return;
    const { release, version } = command.offer;
    this.#claimed = String(version);
    const report = async () => {
      for (const state of ["accepted", "verified", "restarting", "confirmed"]) {
        await link.send({ release, state });
      }
      await link.sendHello();
    };
    report().catch((error: unknown) => link.report(error));
  }

  #faultyDisk(isAlive: () => boolean): SlotDisk {
    const disk = this.#disk;
    const { fault } = this.#options;
    const alive = async <T>(run: () => Promise<T>): Promise<T> => {
      if (!isAlive()) throw new Error("the process has ended");
      return await run();
    };
    return {
      read: (...args) => alive(() => disk.read(...args)),
      truncate: (...args) => alive(() => disk.truncate(...args)),
      sync: (...args) => alive(() => disk.sync(...args)),
      write: (area, offset, bytes) =>
        alive(async () => {
          const isSlot = area === "a" || area === "b";
          if (isSlot && this.#writesLeft !== undefined && this.#writesLeft-- === 0) {
            this.#writesLeft = undefined;
            await disk.write(area, offset, bytes.subarray(0, bytes.length >> 1));
            this.#reboot();
            throw new Error("the power was cut");
          }
          const isDamaged = isSlot && fault === "bad-image" && offset === 0;
          const written = isDamaged ? Buffer.from(bytes).fill(0, 0, 1) : bytes;
          await disk.write(area, offset, written);
        }),
    };
  }

  #after(ms: number, run: () => unknown): void {
    const session = this.#session;
    const timer = setTimeout(() => {
      this.#timers = this.#timers.filter((each) => each !== timer);
      if (session !== this.#session || this.#isStopped) return;
      void Promise.resolve(run()).catch((error: unknown) => {
        this.#error = String(error);
      });
    }, ms);
    this.#timers.push(timer);
  }
}

/** The methods of an update handler, which is a class, as an object of functions. */
const boundUpdates = (updates: Updates): Updates => ({
  open: (link) => updates.open(link),
  hello: () => updates.hello(),
  connectionReady: () => updates.connectionReady(),
  connectionLost: () => updates.connectionLost(),
  handle: (command) => updates.handle(command),
  handleBlock: (payload) => updates.handleBlock(payload),
  close: () => updates.close(),
});
