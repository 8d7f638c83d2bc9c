import { setTimeout as wait } from "node:timers/promises";
import { startMsMax } from "../limits.ts";
import { type Running, startProcess } from "../process.ts";

const pollMs = 200;

/** Starts an emulator, and waits until `readyUrl` answers. */
export const startServer = async (
  options: Parameters<typeof startProcess>[0],
  readyUrl: string,
): Promise<Running> => {
  const running = startProcess(options);
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  const until = Date.now() + startMsMax;
  for (;;) {
    const isReady = await fetch(readyUrl).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return running;
    if (hasEnded || Date.now() > until) {
      await running.stop();
      const output = running.takeOutput().trim().slice(-1_000);
      throw new Error(`${options.command} does not answer at ${readyUrl}: ${output}`);
    }
    await wait(pollMs);
  }
};
