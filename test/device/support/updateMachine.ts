import { createUpdates, type UpdateOptions } from "../../../device/update/createUpdates.ts";
import { diskSlots } from "../../../device/update/diskSlots.ts";
import { parseUpdateCommand } from "../../../device/update/offer.ts";
import type { SlotDisk } from "../../../device/update/slotDisk.ts";
import { type StartedSlot, startSlot } from "../../../device/update/startSlot.ts";
import type { UpdateHello, Updates } from "../../../device/update/updates.ts";
import { type ManualClock, manualClock } from "./manualClock.ts";

type Message = Readonly<Record<string, unknown>>;

/** A device whose cloud is the test: it boots from a disk and runs an update handler. */
export interface UpdateMachine {
  readonly clock: ManualClock;
  /** Messages of the device, in order. */
  readonly sent: Message[];
  readonly errors: Error[];
  readonly restarts: string[];
  /** Starts, as the start program does, and opens the update handler. */
  boot(): Promise<StartedSlot>;
  /** The cloud has received the hello. `endpoint`: the URL of its broker. */
  connect(endpoint?: string): UpdateHello;
  disconnect(): void;
  /** Receives a command. */
  command(message: object): void;
  /** Answers a block request of the device. */
  onBlockRequest(answer: (request: Message) => Buffer | undefined): void;
  /** Ends the process. */
  stop(): void;
  /** Waits for a report with this state. */
  reported(state: string): Promise<Message>;
  /** The states that were reported. */
  states(): string[];
}

export const updateMachine = (
  disk: SlotDisk,
  options: Omit<UpdateOptions, "slots" | "restart" | "product"> & {
    readonly product?: number;
    readonly imageBytesMax?: number;
    readonly ca?: string;
  },
  {
    clock = manualClock(),
    isOff = () => false,
  }: { readonly clock?: ManualClock; readonly isOff?: () => boolean } = {},
): UpdateMachine => {
  const sent: Message[] = [];
  const errors: Error[] = [];
  const restarts: string[] = [];
  let updates: Updates | undefined;
  let isConnected = false;
  let answerBlock: (request: Message) => Buffer | undefined = () => undefined;
  const running = (): Updates => {
    if (updates === undefined) throw new Error("the machine does not run");
    return updates;
  };
  /** The disk as one process sees it: a process that has ended changes nothing. */
  const diskOf = (isAlive: () => boolean): SlotDisk => {
    const guard = async <T>(run: () => Promise<T>): Promise<T> => {
      if (!isAlive()) throw new Error("the process has ended");
      return await run();
    };
    return {
      read: (...args) => guard(() => disk.read(...args)),
      write: (...args) => guard(() => disk.write(...args)),
      truncate: (...args) => guard(() => disk.truncate(...args)),
      sync: (...args) => guard(() => disk.sync(...args)),
    };
  };
  const stop = () => {
    updates?.close();
    updates = undefined;
    isConnected = false;
  };
  const { imageBytesMax = 1_000_000, product = 7, ca, ...rest } = options;
  return {
    clock,
    sent,
    errors,
    restarts,
    async boot() {
      stop();
      const started = await startSlot(disk);
      const isAlive = (): boolean => updates === opened && !isOff();
      const slots = diskSlots(diskOf(isAlive), imageBytesMax);
      const restart = (reason: string) => void (isAlive() && restarts.push(reason));
      const opened: Updates = createUpdates({
        blockIntervalMs: 0,
        ...rest,
        product,
        slots,
        restart,
      });
      updates = opened;
      await opened.open({
        clock,
        random: () => 0.5,
        ca,
        async send(message) {
          if (!isAlive() || !isConnected) throw new Error("not connected");
          sent.push({ ...message });
          const request: Message = { ...message };
          if (request.request !== "block") return;
          const block = answerBlock(request);
          if (block !== undefined) setImmediate(() => isAlive() && opened.handleBlock(block));
        },
        sendHello: async () => void sent.push({ hello: opened.hello() }),
        report: (error) => errors.push(error instanceof Error ? error : new Error(String(error))),
      });
      return started;
    },
    connect(endpoint) {
      isConnected = true;
      const hello = running().hello();
      running().connectionReady(endpoint);
      return hello;
    },
    disconnect() {
      isConnected = false;
      updates?.connectionLost();
    },
    command(message) {
      const command = parseUpdateCommand({ ...message });
      if (command === undefined) throw new Error("not a command");
      running().handle(command);
    },
    onBlockRequest(answer) {
      answerBlock = answer;
    },
    stop,
    async reported(state) {
      const find = () => sent.find((message) => message.state === state);
      await eventually(
        () => find() !== undefined,
        () => `${state}: ${JSON.stringify(sent)}, ${errors}`,
      );
      return find()!;
    },
    states: () => sent.flatMap(({ state }) => (typeof state === "string" ? [state] : [])),
  };
};

/** A block of an image, as the cloud sends it. */
export const blockOf = (image: Buffer, request: Message): Buffer => {
  const { release, offset, length } = request;
  const bytes = image.subarray(Number(offset), Number(offset) + Number(length));
  const header = { release, offset, length: bytes.length, size: image.length };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
};

/** Waits for a condition, without a pause between two looks. Fails after ten seconds. */
export const eventually = async (isTrue: () => boolean, what: () => string): Promise<void> => {
  const end = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`did not happen: ${what()}`);
    await new Promise(setImmediate);
  }
};
