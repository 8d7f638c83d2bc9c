import { createInterface } from "node:readline";

/** What a person does while a command runs. */
export type Key =
  /** Repeat one by its number; without a number, the last one. */
  | { readonly kind: "repeat"; readonly number: number | undefined }
  | { readonly kind: "end" }
  | { readonly kind: "unknown"; readonly text: string };

/** The keys of the terminal, or the lines of standard input. */
export interface Keys {
  /** Whether single keys are read. Otherwise lines are. */
  readonly isTerminal: boolean;
  start(on: (key: Key) => void): void;
  /** Restores the terminal. */
  stop(): void;
}

interface KeysDeps {
  readonly input: NodeJS.ReadStream;
  /** Called on Ctrl+C. */
  readonly interrupt: () => void;
  /** Shows the digits that were typed. */
  readonly echo: (text: string) => void;
}

const digitsMax = 9;

/** The meaning of a line, or of keys until Enter; `undefined` for nothing. */
export const keyOf = (typed: string): Key | undefined => {
  const text = typed.trim().toLowerCase();
  if (text === "") return undefined;
  if (text === "q") return { kind: "end" };
  if (text === "r") return { kind: "repeat", number: undefined };
  const digits = /^(?:r\s*)?#?(\d{1,9})$/.exec(text)?.[1];
  return digits === undefined
    ? { kind: "unknown", text }
    : { kind: "repeat", number: Number(digits) };
};

/** Reads single keys from a terminal (a number ends with Enter), and lines from a pipe. */
export const terminalKeys = (deps: KeysDeps): Keys =>
  deps.input.isTTY === true ? rawKeys(deps) : lineKeys(deps);

const rawKeys = ({ input, interrupt, echo }: KeysDeps): Keys => {
  let digits = "";
  let on: (key: Key) => void = () => {};
  const enter = (): void => {
    const key = keyOf(digits);
    if (digits !== "") echo("\n");
    digits = "";
    if (key !== undefined) on(key);
  };
  const erase = (): void => {
    if (digits !== "") echo("\b \b");
    digits = digits.slice(0, -1);
  };
  const other = (char: string): void => {
    digits = "";
    const key = keyOf(char);
    if (key !== undefined) on(key);
  };
  const take = (char: string): void => {
    if (char === "\u0003") interrupt();
    else if (char === "\u0004") on({ kind: "end" });
    else if (/\d/.test(char) && digits.length < digitsMax) {
      digits += char;
      echo(char);
    } else if (char === "\r" || char === "\n") enter();
    else if (char === "\u007f" || char === "\b") erase();
    else other(char);
  };
  // A key such as an arrow arrives as one chunk that begins with Escape.
  const read = (chunk: Buffer): void => {
    const text = chunk.toString();
    if (text.startsWith("\u001b")) return;
    for (const char of text) take(char);
  };
  return {
    isTerminal: true,
    start(listener) {
      on = listener;
      input.setRawMode(true);
      input.on("data", read);
      input.resume();
    },
    stop() {
      input.off("data", read);
      input.setRawMode(false);
      input.pause();
    },
  };
};

const lineKeys = ({ input }: KeysDeps): Keys => {
  const reader = createInterface({ input, terminal: false });
  return {
    isTerminal: false,
    start(on) {
      reader.on("line", (line) => {
        const key = keyOf(line);
        if (key !== undefined) on(key);
      });
    },
    stop() {
      reader.close();
      input.pause();
    },
  };
};
