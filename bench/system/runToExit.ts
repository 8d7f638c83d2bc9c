/** What a signal needs to know of a command. */
interface Command {
  /** For messages: `name: the message of an error`. */
  readonly name: string;
  /** Stops what runs, after a signal. It is called once, and its errors are ignored. */
  readonly stop: () => Promise<unknown>;
  readonly log: (text: string) => void;
  /** The message of an error; by default its own. */
  readonly messageOf?: (error: unknown) => string | undefined;
}

/** Exit codes that shells use for signals. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a command and exits with its code, or with 1 after its error. After a signal, exits when
 * everything has stopped: neither a further signal nor the end of the command, which fails because
 * its processes have stopped, interrupts that.
 */
export const runToExit = (
  main: () => Promise<number>,
  { name, stop, log, messageOf }: Command,
): void => {
  let isStopping = false;
  for (const [signal, code] of Object.entries(signals)) {
    process.on(signal, () => {
      log(isStopping ? "still stopping" : "stopping");
      if (isStopping) return;
      isStopping = true;
      const exit = (): never => process.exit(code);
      stop().then(exit, exit);
    });
  }
  main().then(
    (code) => {
      if (!isStopping) process.exit(code);
    },
    (error: unknown) => {
      if (isStopping) return;
      const message = error instanceof Error ? error.message : String(error);
      log(`${name}: ${messageOf?.(error) ?? message}`);
      process.exit(1);
    },
  );
};
