import { crc32 } from "node:zlib";
import { isObject, parseObject } from "../platform/json.ts";
import type { OutboxEvent } from "./outbox.ts";

/** What one line of an outbox's log says. */
export type LogRecord =
  | { readonly add: OutboxEvent }
  | {
      /** Ids. */
      readonly remove: readonly string[];
    };

/** Writes a line: a checksum and JSON. A line that was torn, or that a dying disk changed, does not read. */
export const formatRecord = (record: LogRecord): string => {
  const json = JSON.stringify("add" in record ? { add: written(record.add) } : record);
  return `${checksum(json)} ${json}\n`;
};

/** Reads a line without its end; `undefined` when it is not whole. */
export const parseRecord = (line: string): LogRecord | undefined => {
  const json = line.slice(checksumChars + 1);
  if (line.slice(0, checksumChars + 1) !== `${checksum(json)} `) return undefined;
  const { add, remove } = parseObject(json) ?? {};
  if (Array.isArray(remove)) return { remove: remove.filter((id) => typeof id === "string") };
  return isObject(add) ? readEvent(add) : undefined;
};

const checksumChars = 8;

const checksum = (json: string): string => crc32(json).toString(16).padStart(checksumChars, "0");

const written = ({ data, ...event }: OutboxEvent) => ({
  ...event,
  data: Buffer.from(data).toString("base64"),
});

const readEvent = ({ id, name, data, at, quiet }: Readonly<Record<string, unknown>>) => {
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
