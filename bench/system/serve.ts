import * as z from "zod";

type Actions = Readonly<Record<string, (input: unknown) => unknown>>;

const request = z.object({ id: z.int(), action: z.string(), input: z.unknown() });

/**
 * Serves actions to the parent process. When the parent disconnects or exits, calls `stop` and
 * exits.
 */
export const serve = (actions: Actions, stop: () => Promise<void>): void => {
  process.on("message", (message) => {
    const { id, action, input } = request.parse(message);
    const run = async () => await actions[action]?.(input);
    run().then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String(error) }),
    );
  });
  process.once("disconnect", () => {
    void stop().finally(() => process.exit(0));
  });
  // A signal can reach the whole process group, for example Ctrl+C. The parent stops this process.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
};
