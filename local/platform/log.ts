import { escapeJson, visible } from "#shared/platform/visibleText.ts";
import { sourceStack } from "./sourceStack.ts";

/** Severity: `warn` needs attention when it repeats, `error` is a failure of the cloud itself. */
export type Level = "debug" | "info" | "warn" | "error";

/** Writes one log line: a fixed message, fields, and a level (default: `info`). */
export type Log = (
  message: string,
  fields?: Readonly<Record<string, unknown>>,
  level?: Level,
) => void;

/** `text` is for people; `json` is for programs: one object per line, with stack traces. */
export type LogFormat = "text" | "json";

/**
 * Opens a log on standard error. Standard output carries only the ready line. Every entry is one
 * line in both formats.
 */
export const openLog = (
  format: LogFormat,
  write: (line: string) => void = (line) => void process.stderr.write(line),
  now: () => Date = () => new Date(),
): Log => {
  const line = format === "json" ? jsonLine : textLine;
  return (message, fields = {}, level = "info") =>
    write(`${line({ at: now(), level, message, fields })}\n`);
};

interface Entry {
  readonly at: Date;
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const textLine = ({ at, level, message, fields: { function: name, ...fields } }: Entry): string => {
  const source = name === undefined ? "" : `${name}: `;
  const words = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${textValue(value)}`);
  const head = `${at.toISOString().slice(11, 23)} ${level.padEnd(5)} ${oneLine(`${source}${message}`)}`;
  // Names and replies in a log can be those of devices and targets.
  return visible([head, ...words].join(" "));
};

const textValue = (value: unknown): string => {
  const text = typeof value === "string" ? value : briefText(value);
  return /[\s="]/.test(text) || text === "" ? JSON.stringify(text) : text;
};

/** An error on one line: its name, its message and those of its causes. */
const briefText = (value: unknown): string => {
  const error = errorFields(value);
  if (error === undefined) return safeJson(value);
  const { name, message, cause } = error;
  const because = cause === undefined ? "" : ` (cause: ${briefText(cause)})`;
  return `${name}: ${message}${because}`;
};

/** The fields of an `Error`, or of an error that a function's logger serialized as JSON. */
const errorFields = (
  value: unknown,
): { name: string; message: string; cause: unknown } | undefined => {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("name" in value && "message" in value)) return undefined;
  const cause = "cause" in value && value.cause !== value ? value.cause : undefined;
  return { name: String(value.name), message: String(value.message), cause };
};

const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, " ");

const jsonLine = ({ at, level, message, fields }: Entry): string =>
  safeJson({ time: at.toISOString(), level, message, ...fields });

/** Never throws: a log call must not terminate the process. */
const safeJson = (value: unknown): string => {
  try {
    return escapeJson(JSON.stringify(value, replacer) ?? String(value));
  } catch {
    return JSON.stringify(String(value));
  }
};

const replacer = (_: string, value: unknown): unknown => {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return {
    name,
    message,
    ...(stack && { stack: sourceStack(stack) }),
    ...(cause !== undefined && { cause }),
  };
};
