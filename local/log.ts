/** Writes one line of the local cloud's log: a fixed phrase, and fields. */
export type Log = (message: string, fields?: Record<string, unknown>) => void;

/** A log on standard error, since standard output carries nothing but the ready line. */
export const stderrLog: Log = (message, fields = {}) => {
  const time = new Date().toISOString().slice(11, 23);
  process.stderr.write(`${[time, message, ...Object.entries(fields).map(written)].join(" ")}\n`);
};

const written = ([name, value]: [string, unknown]): string => `${name}=${text(value)}`;

const text = (value: unknown): string => {
  if (value instanceof Error) return value.stack ?? value.message;
  if (typeof value === "string") return /[\s="]/.test(value) ? JSON.stringify(value) : value;
  return JSON.stringify(value) ?? String(value);
};
