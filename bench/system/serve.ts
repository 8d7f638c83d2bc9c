import * as z from "zod";

type Actions = Readonly<Record<string, (input: unknown) => unknown>>;

const question = z.object({ id: z.int(), action: z.string(), input: z.unknown() });

/** The processor time of this process, all its threads together. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** Answers the parent process, also how much processor time this one took (`cpuMs`), until it lets go of this one, by `stop` or by its own end. */
export const serve = (actions: Actions, stop: () => Promise<void>): void => {
  const all: Actions = { cpuMs, ...actions };
  process.on("message", (message) => {
    const { id, action, input } = question.parse(message);
    const run = async () => await all[action]?.(input);
    run().then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.once("disconnect", () => {
    void stop().finally(() => process.exit(0));
  });
  // A Ctrl+C reaches every process of the terminal; it is the parent that ends this one.
  process.on("SIGINT", () => {});
};
