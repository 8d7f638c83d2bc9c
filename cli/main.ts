import "./withResolvers.ts";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { parseJson } from "../shared/platform/parseJson.ts";
import { visible } from "../shared/platform/visibleText.ts";
import { exits } from "./line/exit.ts";
import { run } from "./run.ts";

const { stdin, stdout, stderr, env, argv } = process;

// The reader of a pipe has ended, as in `godwit events tail | head -1`.
const endOnBrokenPipe = (error: NodeJS.ErrnoException): void => {
  process.exit(error.code === "EPIPE" ? exits.done : exits.failed);
};
stdout.on("error", endOnBrokenPipe);
stderr.on("error", endOnBrokenPipe);

// A failure outside of the command's own promise: a message without a stack, as for any other one.
process.on("uncaughtException", (error) => {
  stderr.write(`godwit: ${visible(error.message)}\n`);
  process.exit(exits.failed);
});

const stop = new AbortController();
const interrupt = (): void => {
  if (stop.signal.aborted) process.exit(exits.interrupted);
  stop.abort();
};
process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);

const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
const { version } = z.object({ version: z.string() }).parse(parseJson(manifest));

const exit = await run(argv.slice(2), {
  ...{ environment: env, stdin, stdout, stderr, version, interrupt },
  signal: stop.signal,
  now: Date.now,
  random: Math.random,
  wait: (ms, signal) => wait(ms, undefined, signal && { signal }),
});
// Idle connections and an open standard input would keep the process alive.
stdout.write("", () => stderr.write("", () => process.exit(exit)));
