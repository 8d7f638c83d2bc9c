import type { Clock } from "./clock.ts";

const minuteMs = 60_000;

/**
 * How long after the end of a minute alarms are evaluated. On AWS, most metrics of a minute are
 * available some seconds to minutes later; here they are at once, and functions need a moment to
 * write theirs.
 */
export const evaluationDelayMs = 2_000;

export interface TickerDeps {
  readonly clock: Clock;
  /** Collects and evaluates the minute that ended at `minute`. */
  readonly runMinute: (minute: number) => Promise<void>;
  /** Ends what ends at a time of its own. */
  readonly settle: () => Promise<void>;
  /** The next such time in ms since 1970. */
  readonly nextExpiry: () => number | undefined;
  /** Called before the minute after a gap, such as a sleep of the machine. */
  readonly onGap: () => void;
  readonly onError: (error: unknown) => void;
}

/** Runs every minute of a clock. One timer, and nothing else between two minutes. */
export interface Ticker {
  start(): void;
  /** Runs everything up to the clock's time + `ms`, in order, and moves the clock there. */
  advance(ms: number): Promise<void>;
  /** Runs a function while no minute is running. */
  inOrder<T>(run: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Minutes without an evaluation after which no metric of the time before is expected. */
const gapMinutes = 3;

/** The last minute that has ended, with the delay of the evaluation. */
const endedMinute = (now: number): number => {
  const at = now - evaluationDelayMs;
  return at - (at % minuteMs);
};

export const openTicker = ({
  clock,
  runMinute,
  settle,
  nextExpiry,
  onGap,
  onError,
}: TickerDeps): Ticker => {
  let done = endedMinute(clock.now());
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  const inOrder = <T>(run: () => Promise<T>): Promise<T> => {
    const result = last.then(run);
    last = result.catch(() => {});
    return result;
  };
  const nextDue = (): number =>
    Math.min(done + minuteMs + evaluationDelayMs, nextExpiry() ?? Number.POSITIVE_INFINITY);
  /** Runs what is due. After a sleep of the machine, only the last minute is evaluated. */
  const runDue = async (): Promise<void> => {
    const minute = endedMinute(clock.now());
    if (minute > done) {
      if (minute - done > gapMinutes * minuteMs) onGap();
      done = minute;
      await runMinute(minute);
    } else {
      await settle();
    }
  };
  const schedule = (): void => {
    clearTimeout(timer);
    if (isStopped) return;
    const wait = Math.max(0, nextDue() - clock.now());
    timer = setTimeout(tick, wait).unref();
  };
  const tick = (): void => {
    void inOrder(runDue).catch(onError).finally(schedule);
  };
  return {
    start() {
      done = endedMinute(clock.now());
      schedule();
    },
    inOrder,
    advance: (ms) =>
      inOrder(async () => {
        const target = clock.now() + ms;
        while (nextDue() <= target) {
          clock.advanceTo(nextDue());
          await runDue();
        }
        clock.advanceTo(target);
        schedule();
      }),
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await last;
    },
  };
};
