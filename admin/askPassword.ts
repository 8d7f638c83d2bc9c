import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "./usageError.ts";

const { stdin, stderr } = process;

/** Exit status after SIGINT. */
const interrupted = 130;

/**
 * Reads a new password: on a terminal twice and without echo, otherwise from the first line of
 * standard input.
 */
export const askPassword = async (): Promise<string> => {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: unseen, terminal: stdin.isTTY });
  reader.once("SIGINT", () => process.exit(interrupted));
  try {
    const password = await ask(reader, "Password: ");
    if (stdin.isTTY && (await ask(reader, "Again: ")) !== password) {
      throw new UsageError("The passwords differ.");
    }
    return password;
  } finally {
    reader.close();
  }
};

const ask = async (reader: Interface, question: string): Promise<string> => {
  if (stdin.isTTY) stderr.write(question);
  const answer = await Promise.race([reader.question(""), ended(reader)]);
  if (stdin.isTTY) stderr.write("\n");
  return answer;
};

/** Fails when there is nothing more to read. */
const ended = (reader: Interface): Promise<never> =>
  new Promise((_, reject) => {
    reader.once("close", () => reject(new UsageError("No password was given.")));
  });
