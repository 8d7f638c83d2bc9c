import { crc32 } from "node:zlib";
import { isObject, parseObject } from "../platform/json.ts";
import type { OutboxEvent } from "./outbox.ts";

/** One record of an outbox's log. */
export type LogRecord =
  | { readonly add: OutboxEvent }
  | {
      /** Ids. */
      readonly remove: readonly string[];
    };

/** Formats a record as one line: CRC-32 in 8 hex digits, a space, JSON. */
export const formatRecord = (record: LogRecord): string => {
  const json = JSON.stringify("add" in record ? { add: encodeEvent(record.add) } : record);
  return `${checksum(json)} ${json}\n`;
};

/**
 * Parses a line without its line feed. Returns `undefined` if the line is incomplete or corrupt.
 */
export const parseRecord = (line: string): LogRecord | undefined => {
  const json = line.slice(checksumChars + 1);
  if (line.slice(0, checksumChars + 1) !== `${checksum(json)} `) return undefined;
  const { add, remove } = parseObject(json) ?? {};
  if (Array.isArray(remove)) return { remove: remove.filter((id) => typeof id === "string") };
  return isObject(add) ? decodeEvent(add) : undefined;
};

const checksumChars = 8;

const checksum = (json: string): string => crc32(json).toString(16).padStart(checksumChars, "0");

const encodeEvent = ({ data, ...event }: OutboxEvent) => ({
  ...event,
  data: Buffer.from(data).toString("base64"),
});

const decodeEvent = ({ id, name, data, at, quiet }: Readonly<Record<string, unknown>>) => {
  if (typeof id !== "string" || typeof name !== "string" || typeof data !== "string") {
    return undefined;
  }
  const event: OutboxEvent = {
    id,
    name,
    data: Buffer.from(data, "base64"),
    ...(typeof at === "number" && { at }),
    ...(quiet === true && { quiet }),
  };
  return { add: event };
};
