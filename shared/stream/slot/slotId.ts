import { hash, randomBytes } from "node:crypto";
import type { StreamFilter } from "../liveEvent.ts";
import { clientHashChars, slotIdBytes } from "./limits.ts";
import type { SlotKey } from "./streamSlots.ts";

/** A new random id of a slot. */
export const newSlotId = (): string => randomBytes(slotIdBytes).toString("base64url");

/** Encodes a slot for a cursor. */
export const writeSlot = ({ number, id }: SlotKey): string =>
  `${number.toString(36).padStart(2, "0")}${id}`;

/** Decodes `writeSlot`. Returns `undefined` for any other text, because clients send it. */
export const readSlot = (text: string): SlotKey | undefined => {
  const [, number, id] = /^([0-9a-z]{2})([\w-]{12})$/.exec(text) ?? [];
  if (number === undefined || id === undefined) return undefined;
  return { number: Number.parseInt(number, 36), id };
};

/** The parts of a request that distinguish clients which send no cursor. */
export interface StreamClient {
  readonly token: string | undefined;
  readonly address: string;
  readonly agent: string | undefined;
  readonly filter: StreamFilter;
}

/** A short hash of a client. */
export const clientHash = ({ token, address, agent, filter }: StreamClient): string =>
  hash(
    "sha256",
    JSON.stringify([token, address, agent, filter.fleet, filter.device, filter.prefix]),
    "base64url",
  ).slice(0, clientHashChars);
