import { until } from "./until.ts";

interface Functions {
  invoke(name: string, event: object): Promise<unknown>;
}

/**
 * Runs a scheduled function now. Its schedule may run it at the same time, and then its reserved
 * concurrency is in use: waits for the end of that run.
 */
export const runNow = (lambda: Functions, name: string): Promise<boolean> =>
  until(
    `${name} runs`,
    () =>
      lambda.invoke(name, {}).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Error && error.message.includes("Rate Exceeded")) return false;
          throw error;
        },
      ),
    60_000,
  );
