import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError, usageError } from "../line/commandError.ts";
import { exits } from "../line/exit.ts";

/** Asks the person at the terminal. Without a terminal, answers are lines of standard input. */
export interface Prompt {
  /** Whether a person can be asked. */
  readonly isTerminal: boolean;
  /** Reads a line. */
  line(question: string): Promise<string>;
  /** Reads a line without echo. */
  secret(question: string): Promise<string>;
  /** Whether the person answers yes. Fails without a terminal, and names `--yes`. */
  confirm(question: string): Promise<boolean>;
  close(): void;
}

interface Streams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** Called on Ctrl+C while a question is open. */
  readonly interrupt: () => void;
}

/** Longest answer. */
const answerCharsMax = 10_000;

/** Asks on standard error, so that standard output has only results. */
export const terminalPrompt = ({ input, output, signal, interrupt }: Streams): Prompt => {
  const isTerminal = input.isTTY === true;
  const lines = lineReader({ input, output, isTerminal, interrupt });
  const ask = async (question: string, isHidden: boolean): Promise<string> => {
    const answer = await lines.next(question, { isHidden, signal });
    if (answer.length > answerCharsMax) throw usageError("The answer is too long.");
    return answer;
  };
  return {
    isTerminal,
    line: (question) => ask(question, false),
    secret: (question) => ask(question, true),
    async confirm(question) {
      if (!isTerminal) {
        throw usageError(
          `${question} This needs an answer from a terminal. Without one, add --yes.`,
        );
      }
      return /^y(es)?$/i.test((await ask(`${question} [y/N] `, false)).trim());
    },
    close: () => lines.close(),
  };
};

type ReaderDeps = Omit<Streams, "signal"> & { readonly isTerminal: boolean };

/** Reads lines one by one. What was typed or piped ahead waits for the next question. */
const lineReader = ({ input, output, isTerminal, interrupt }: ReaderDeps) => {
  const ahead: string[] = [];
  let reader: Interface | undefined;
  let isEnded = false;
  // Text is echoed only while a question for visible text is open.
  let isEchoed = false;
  let wake = (): void => {};
  const echo = new Writable({
    write(chunk, _encoding, done) {
      if (isEchoed) output.write(chunk);
      done();
    },
  });
  const open = (): Interface => {
    if (reader !== undefined) return reader;
    reader = createInterface({ input, output: echo, terminal: isTerminal });
    reader.on("SIGINT", interrupt);
    reader.on("line", (line) => {
      isEchoed = false;
      ahead.push(line);
      wake();
    });
    reader.on("close", () => {
      isEnded = true;
      wake();
    });
    return reader;
  };
  const nextLine = async (signal: AbortSignal): Promise<string> => {
    while (!signal.aborted) {
      const line = ahead.shift();
      if (line !== undefined) return line;
      if (isEnded) throw usageError("No answer was given on standard input.");
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    throw new CommandError("stopped", { exit: exits.interrupted });
  };
  return {
    async next(
      question: string,
      { isHidden, signal }: { isHidden: boolean; signal: AbortSignal },
    ): Promise<string> {
      const opened = open();
      if (isTerminal) {
        isEchoed = true;
        opened.setPrompt(question);
        opened.prompt();
        isEchoed = !isHidden;
      }
      try {
        return await nextLine(signal);
      } finally {
        // The Enter that ended a hidden answer, or Ctrl+C, was not echoed.
        if (isTerminal && (isHidden || signal.aborted)) output.write("\n");
      }
    },
    close: () => reader?.close(),
  };
};
