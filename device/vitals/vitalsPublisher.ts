import { vitalsBytesMax, vitalsFirstMsMax } from "../limits.ts";
import type { Clock } from "../platform/clock.ts";

/**
 * The vitals of a device: `device` has measurements in groups such as `network`, `power` and
 * `system`. The value of a measurement that failed may be `{ err: code }`.
 */
export interface Vitals {
  readonly device: Readonly<Record<string, unknown>>;
  readonly service?: Readonly<Record<string, unknown>>;
}

/** Publishes the vitals of a device on request and on an interval. */
export interface VitalsPublisher {
  /** Publishes them now. Requests during a publication share it. Does nothing without vitals. */
  publish(): Promise<void>;
  /** The device is connected: publishes on the interval. */
  start(): void;
  stop(): void;
}

const eventName = "spark/device/diagnostics/update";

interface Options {
  readonly read: (() => Vitals | Promise<Vitals>) | undefined;
  /** Without it, vitals are published on request only. */
  readonly seconds: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  /** Publishes an event once. */
  readonly send: (name: string, data: string) => Promise<void>;
  readonly report: (error: unknown) => void;
}

/**
 * Creates a publisher. Its first publication is at a random time within the interval, at most
 * `vitalsFirstMsMax` after the connect, so that devices that connect together spread. A reconnect
 * does not publish before its time.
 */
export const createVitalsPublisher = ({
  read,
  seconds,
  clock,
  random,
  send,
  report,
}: Options): VitalsPublisher => {
  let running: Promise<void> | undefined;
  let cancel = () => {};
  /** By `elapsed()`. */
  let dueAt: number | undefined;

  const readAndSend = async (given: NonNullable<typeof read>): Promise<void> => {
    const data = JSON.stringify(await given());
    if (Buffer.byteLength(data) > vitalsBytesMax) {
      throw new Error(`the vitals of a device must not exceed ${vitalsBytesMax} bytes`);
    }
    await send(eventName, data);
  };

  const publish = async (): Promise<void> => {
    if (read === undefined) return;
    running ??= readAndSend(read).finally(() => {
      running = undefined;
    });
    await running;
  };

  const schedule = (intervalMs: number): void => {
    dueAt ??= clock.elapsed() + random() * Math.min(intervalMs, vitalsFirstMsMax);
    cancel = clock.after(Math.max(0, dueAt - clock.elapsed()), () => {
      dueAt = clock.elapsed() + intervalMs;
      schedule(intervalMs);
      void publish().catch(report);
    });
  };

  return {
    publish,
    start() {
      cancel();
      if (read !== undefined && seconds !== undefined) schedule(seconds * 1_000);
    },
    stop() {
      cancel();
      cancel = () => {};
    },
  };
};
