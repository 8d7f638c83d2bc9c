import * as z from "zod";

type Actions = Readonly<Record<string, (input: unknown) => unknown>>;

const question = z.object({ id: z.int(), action: z.string(), input: z.unknown() });

/** Answers the parent process until it lets go of this one, by `stop` or by its own end. */
export const serve = (actions: Actions, stop: () => Promise<void>): void => {
  process.on("message", (message) => {
    const { id, action, input } = question.parse(message);
    const run = async () => await actions[action]?.(input);
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
