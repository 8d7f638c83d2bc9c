import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "./usageError.ts";

const { stdin, stderr } = process;

/** The exit status of who was interrupted. */
const interrupted = 130;

/**
 * Asks for a new password: twice on a terminal, where it is not shown; or once where standard input is no
 * terminal, which then holds it in its first line.
 */
export const askPassword = async (): Promise<string> => {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: unseen, terminal: stdin.isTTY });
  reader.once("SIGINT", () => process.exit(interrupted));
  try {
    const password = await ask(reader, "Password: ");
    if (stdin.isTTY && (await ask(reader, "Again: ")) !== password) {
      throw new UsageError("The two are not the same.");
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
