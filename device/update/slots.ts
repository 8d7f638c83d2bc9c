/** An image in a slot. */
export interface SlotImage {
  /** Bytes. */
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly version: number;
  readonly sequence: number;
}

/** What the slots hold, as the program that started the application has found it. */
export interface SlotState {
  /** The image that runs; `undefined` if it was not installed through the slots. */
  readonly running: SlotImage | undefined;
  /** The complete image in the other slot, if there is one. */
  readonly other: SlotImage | undefined;
  /** The running image is not confirmed: after a number of starts, the other slot boots. */
  readonly isTrial: boolean;
  /** The last image that was on trial and was not confirmed. */
  readonly reverted: RevertedImage | undefined;
}

/** An image whose trial has failed. */
export interface RevertedImage {
  readonly sha256: string;
  /** Why; absent if the start program has reverted it because it was never confirmed. */
  readonly reason?: string | undefined;
  /** Whether the update handler has started in it at least once. */
  readonly hasStarted: boolean;
}

/**
 * Two slots for images: one runs, the other receives the next image. Implementations must keep this
 * rule: after a power loss at any time, the slot that boots holds a complete image whose hash was
 * verified, or the start program finds out and boots the other slot.
 */
export interface Slots {
  /** Largest image that fits into a slot. */
  readonly imageBytesMax: number;
  /** Called once, before any other method. */
  open(): Promise<SlotState>;
  /** Returns the text of the last write, or `undefined`. */
  readState(): Promise<string | undefined>;
  /** Replaces the text atomically. Resolves when it is durable. */
  writeState(text: string): Promise<void>;
  /** Declares the content of the inactive slot invalid. Durable. */
  erase(): Promise<void>;
  /** Writes into the inactive slot. Durable after `sync`. */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  /** Reads from the inactive slot. Returns fewer bytes at its end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /**
   * Boots the inactive slot from the next start on, on trial. Call it after the hash of the slot's
   * content was verified. Atomic and durable.
   */
  activate(image: SlotImage): Promise<void>;
  /** Forgets the image that was reverted. Durable. */
  forgetReverted(): Promise<void>;
  /** Marks that the update handler runs in an image on trial. Durable. */
  markStarted(): Promise<void>;
  /** Ends the trial: the running image boots from now on. Atomic and durable. */
  confirm(): Promise<void>;
  /** Ends the trial: the other slot boots from the next start on. Atomic and durable. */
  revert(reason: string): Promise<void>;
}
