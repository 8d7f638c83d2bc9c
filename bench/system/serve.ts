import * as z from "zod";

type Actions = Readonly<Record<string, (input: unknown) => unknown>>;

const request = z.object({ id: z.int(), action: z.string(), input: z.unknown() });

/** Processor time of this process, of all threads, in milliseconds. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/**
 * Serves actions to the parent process, and the action `cpuMs` (processor time of this process).
 * When the parent disconnects or exits, calls `stop` and exits.
 */
export const serve = (actions: Actions, stop: () => Promise<void>): void => {
  const all: Actions = { cpuMs, ...actions };
  process.on("message", (message) => {
    const { id, action, input } = request.parse(message);
    const run = async () => await all[action]?.(input);
    run().then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.once("disconnect", () => {
    void stop().finally(() => process.exit(0));
  });
  // Ctrl+C reaches every process of the terminal; the parent stops this one.
  process.on("SIGINT", () => {});
};
