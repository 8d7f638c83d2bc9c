import { stableConnectionMs } from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import type { Backoff } from "./backoff.ts";
import type { Connection, ConnectionEvents } from "./connection.ts";

/** Keeps a connection open. */
export interface ConnectionManager {
  /** Connects, and reconnects after each disconnection. */
  start(): void;
  /** Disconnects, and connects to the first endpoint after the wait. */
  restart(waitMs: number): Promise<void>;
  /** The endpoint of the connection or of the next attempt. */
  current(): string | undefined;
  /** Disconnects and does not reconnect. */
  stop(): Promise<void>;
}

/** How a connection ended. */
export interface Disconnection {
  readonly reason: Error;
  /**
   * The connection was open for less than `stableConnectionMs`, and the device did not close it.
   */
  readonly isEarly: boolean;
}

/** Dependencies of the connection manager. */
export interface ConnectionManagerDeps {
  /** Returns the current endpoints, the preferred one first. The list may grow. */
  readonly endpoints: () => readonly string[];
  readonly open: (endpoint: string, events: ConnectionEvents) => Connection;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly opened: (connection: Connection) => void;
  readonly closed: (disconnection: Disconnection) => void;
  readonly message: (topic: string, payload: Buffer) => void;
}

/** Creates a connection manager. After each failure it tries the next endpoint. */
export const createConnectionManager = (deps: ConnectionManagerDeps): ConnectionManager => {
  const { endpoints, clock, backoff } = deps;
  let isStarted = false;
  let connection: Connection | undefined;
  let openedAt: number | undefined;
  let cancelWait: (() => void) | undefined;
  let current = endpoints()[0];
  /** Set while the connection closes for a restart. */
  let restartMs: number | undefined;

  const wait = (ms: number): void => {
    cancelWait = clock.after(ms, open);
  };

  const open = (): void => {
    cancelWait = undefined;
    openedAt = undefined;
    try {
      connection = deps.open(current ?? "", {
        opened(opened) {
          openedAt = clock.elapsed();
          deps.opened(opened);
        },
        closed,
        message: deps.message,
      });
    } catch (error) {
      // For example, the certificate is not valid PEM.
      closed(error instanceof Error ? error : new Error(String(error)));
    }
  };

  const closed = (reason: Error): void => {
    connection = undefined;
    const wasStable = openedAt !== undefined && clock.elapsed() - openedAt >= stableConnectionMs;
    const isIntended = !isStarted || restartMs !== undefined;
    if (wasStable) backoff.reset();
    const all = endpoints();
    if (restartMs !== undefined) current = all[0];
    // For an unknown endpoint, `indexOf` returns -1 and the first endpoint is next.
    else if (!wasStable) current = all[(all.indexOf(current ?? "") + 1) % all.length];
    deps.closed({ reason, isEarly: openedAt !== undefined && !wasStable && !isIntended });
    if (isStarted) wait(restartMs ?? backoff.next());
    restartMs = undefined;
  };

  return {
    start() {
      isStarted = true;
      if (connection === undefined && cancelWait === undefined) open();
    },
    async restart(waitMs) {
      if (connection === undefined || openedAt === undefined) return;
      restartMs = waitMs;
      await connection.end();
    },
    current: () => current,
    async stop() {
      isStarted = false;
      cancelWait?.();
      cancelWait = undefined;
      await connection?.end();
    },
  };
};
