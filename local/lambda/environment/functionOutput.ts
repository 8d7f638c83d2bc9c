import type { Readable } from "node:stream";
import * as z from "zod";
import type { Level, Log } from "../../platform/log.ts";
import { outputLineCharsMax } from "../limits.ts";

/** A log entry of a function, without the keys that repeat on every line. */
export interface FunctionLine {
  readonly level: Level;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const levels: Readonly<Record<string, Level>> = {
  TRACE: "debug",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
  CRITICAL: "error",
};

/**
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/#standard-structured-keys
 */
const entry = z.looseObject({ level: z.string(), message: z.string() });

/** Redundant keys: the log has its own timestamp and prints the function's name. */
const repeated: readonly string[] = ["level", "message", "timestamp", "service", "sampling_rate"];
const isRepeated = (key: string): boolean => repeated.includes(key) || key.startsWith("xray_");

/**
 * Parses a line of a function's output; `undefined` when it is not an entry of Powertools' logger.
 */
export const functionLine = (line: string): FunctionLine | undefined => {
  if (!line.startsWith("{")) return undefined;
  const parsed = entry.safeParse(tryJson(line));
  const level = parsed.success ? levels[parsed.data.level] : undefined;
  if (!parsed.success || level === undefined) return undefined;
  const fields = Object.entries(parsed.data).filter(([key]) => !isRepeated(key));
  return { level, message: parsed.data.message, fields: Object.fromEntries(fields) };
};

/**
 * Logs a line of a function's output. An entry of Powertools' logger keeps its level, message and
 * fields.
 */
export const logFunctionLine = (log: Log, name: string, line: string): void => {
  const parsed = functionLine(line);
  if (parsed === undefined) log("function output", { function: name, line });
  else log(parsed.message, { function: name, ...parsed.fields }, parsed.level);
};

const tryJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * Calls `onLine` with each line of a function's output. Lines longer than `outputLineCharsMax` are
 * split.
 */
export const outputLines = (output: Readable, onLine: (line: string) => void): void => {
  const write = lineSplitter(onLine);
  output.setEncoding("utf8");
  output.on("data", write);
  output.on("end", () => write("\n"));
};

/** Splits text into lines as `outputLines` does. The last line needs a line end. */
export const lineSplitter = (onLine: (line: string) => void): ((text: string) => void) => {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
    while (rest.length > outputLineCharsMax) {
      onLine(rest.slice(0, outputLineCharsMax));
      rest = rest.slice(outputLineCharsMax);
    }
  };
};
