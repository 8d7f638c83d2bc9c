import { randomBytes } from "node:crypto";

/** Says that a device has a name in a fleet, or is about to have it. */
export interface NameHold {
  readonly fleet: string;
  /** In small letters: names that differ in capitals only are the same name. */
  readonly name: string;
  readonly device: string;
  /** Names the request that wrote this. */
  readonly token: string;
  /** When it was written, in milliseconds since 1970. */
  readonly since: number;
}

/** Who holds which name in a fleet. The device's row decides; this makes two requests for one name meet. */
export interface DeviceNames {
  find(fleet: string, name: string): Promise<NameHold | undefined>;
  /** Writes a hold where there is none, or in the place of `instead`. Returns `false` when another request was first. */
  put(hold: NameHold, instead?: NameHold): Promise<boolean>;
  /** Removes this hold, unless another one has taken its place. */
  remove(hold: NameHold): Promise<void>;
}

/** A hold of a new request. */
export const newHold = (
  { fleet, name, device }: Pick<NameHold, "fleet" | "name" | "device">,
  since: number,
): NameHold => ({
  fleet,
  name: name.toLowerCase(),
  device,
  token: randomBytes(8).toString("hex"),
  since,
});
