import { stableConnectionMs } from "../limits.ts";
import type { Clock } from "../platform/clock.ts";
import type { Backoff } from "./backoff.ts";
import type { Connection, ConnectionEvents } from "./connection.ts";

/** Sees to it that there is a connection, for as long as one is wanted. */
export interface ConnectionManager {
  /** Connects, and comes back after each loss. */
  start(): void;
  /** Says goodbye, and comes back after the wait, to the first endpoint. */
  restart(waitMs: number): Promise<void>;
  /** The endpoint that is used: of the connection, or of the next attempt. */
  current(): string | undefined;
  /** Says goodbye, and stays away. */
  stop(): Promise<void>;
}

/** Why a connection ended. */
export interface Disconnection {
  readonly reason: Error;
  /** It was open, and ended before it had held a while, and nobody here wanted that. */
  readonly isEarly: boolean;
}

/** What a link needs. */
export interface ConnectionManagerDeps {
  /** The endpoints as they are at the moment; the first is the preferred one. They may become more. */
  readonly endpoints: () => readonly string[];
  readonly open: (endpoint: string, events: ConnectionEvents) => Connection;
  readonly clock: Clock;
  readonly backoff: Backoff;
  readonly opened: (connection: Connection) => void;
  readonly closed: (ending: Disconnection) => void;
  readonly message: (topic: string, payload: Buffer) => void;
}

/** A link to the first of the endpoints that lets the device in; the next one is tried after each failure. */
export const createConnectionManager = (deps: ConnectionManagerDeps): ConnectionManager => {
  const { endpoints, clock, backoff } = deps;
  let isWanted = false;
  let connection: Connection | undefined;
  let openedAt: number | undefined;
  let cancelWait: (() => void) | undefined;
  /** The endpoint that was used last. */
  let current = endpoints()[0];
  /** Set while a goodbye is under way after which the device comes back. */
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
      // A certificate that cannot be read, for one.
      closed(error instanceof Error ? error : new Error(String(error)));
    }
  };

  const closed = (reason: Error): void => {
    connection = undefined;
    const hasHeld = openedAt !== undefined && clock.elapsed() - openedAt >= stableConnectionMs;
    const isOurs = !isWanted || restartMs !== undefined;
    if (hasHeld) backoff.reset();
    const all = endpoints();
    if (restartMs !== undefined) current = all[0];
    // Not found is -1: then the first is the next.
    else if (!hasHeld) current = all[(all.indexOf(current ?? "") + 1) % all.length];
    deps.closed({ reason, isEarly: openedAt !== undefined && !hasHeld && !isOurs });
    if (isWanted) wait(restartMs ?? backoff.next());
    restartMs = undefined;
  };

  return {
    start() {
      isWanted = true;
      if (connection === undefined && cancelWait === undefined) open();
    },
    async restart(waitMs) {
      if (connection === undefined || openedAt === undefined) return;
      restartMs = waitMs;
      await connection.end();
    },
    current: () => current,
    async stop() {
      isWanted = false;
      cancelWait?.();
      cancelWait = undefined;
      await connection?.end();
    },
  };
};
