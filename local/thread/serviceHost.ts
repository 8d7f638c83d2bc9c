import { once } from "node:events";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { ServiceStart } from "./messages.ts";

/**
 * Young generation of a thread of services. What they read and write is short-lived; V8's default
 * would hold 12 MB more after the start.
 */
const maxYoungGenerationSizeMb = 8;

/** A thread that has not ended this long after its last service was stopped is terminated. */
const stopMsMax = 2_000;

/** A worker thread in which services run. It ends with the last one. */
export interface ServiceHost {
  /** Resolves when the thread has ended: with its error, if it has one. */
  readonly ended: Promise<unknown>;
  /** Starts a service by its name. The port is for its messages. */
  start(service: string, data: object): MessagePort;
  /**
   * Tells a service to stop. Resolves when it has, and with the last service when the thread has.
   */
  stop(port: MessagePort): Promise<void>;
}

/** Starts a thread for services. Its entry point calls `serveThread`. */
export const openServiceHost = (file: string | URL): ServiceHost => {
  const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb } });
  const ended = once(worker, "exit").catch((error: unknown) => error);
  let running = 0;
  /** Services that were not told to stop. */
  let wanted = 0;
  return {
    ended,
    start(service, data) {
      const { port1, port2 } = new MessageChannel();
      running += 1;
      wanted += 1;
      port1.once("close", () => {
        running -= 1;
      });
      worker.postMessage({ service, data, port: port2 } satisfies ServiceStart, [port2]);
      return port1;
    },
    async stop(port) {
      const closed = once(port, "close");
      const late = Promise.withResolvers<void>();
      wanted -= 1;
      port.postMessage("stop");
      const timer = setTimeout(() => {
        // Another service still runs: the thread ends with its stop.
        if (wanted > 0) late.resolve();
        else void worker.terminate();
      }, stopMsMax);
      await Promise.race([closed, ended, late.promise]);
      if (running === 0) await ended;
      clearTimeout(timer);
    },
  };
};
