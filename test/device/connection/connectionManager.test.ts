import { expect, it } from "vitest";
import { createBackoff } from "../../../device/connection/backoff.ts";
import type { Connection, ConnectionEvents } from "../../../device/connection/connection.ts";
import {
  createConnectionManager,
  type Disconnection,
} from "../../../device/connection/connectionManager.ts";
import { stableConnectionMs } from "../../../device/limits.ts";
import { manualClock } from "../support/manualClock.ts";

interface Opened extends ConnectionEvents {
  readonly endpoint: string;
  readonly connection: Connection;
}

const lost = new Error("lost");

const set = (endpoints = ["a"]) => {
  let known: readonly string[] = endpoints;
  const clock = manualClock();
  const tries: Opened[] = [];
  const endings: Disconnection[] = [];
  const ended: string[] = [];
  const manager = createConnectionManager({
    endpoints: () => known,
    clock,
    backoff: createBackoff({ random: () => 0.5, elapsed: () => clock.elapsed() }),
    open(endpoint, events) {
      const nothing = async () => {};
      const connection: Connection = {
        publish: nothing,
        subscribe: nothing,
        unsubscribe: nothing,
        abort: () => {},
        async end() {
          ended.push(endpoint);
          events.closed(new Error("ended"));
        },
      };
      tries.push({ ...events, endpoint, connection });
      return connection;
    },
    opened: () => {},
    closed: (ending) => endings.push(ending),
    message: () => {},
  });
  const last = () => tries.at(-1)!;
  const connect = () => last().opened(last().connection);
  const setEndpoints = (all: readonly string[]) => {
    known = all;
  };
  return { clock, tries, endings, ended, manager, last, connect, setEndpoints };
};

it("connects immediately and doubles the wait after each failure", () => {
  const { clock, tries, manager, last } = set();
  manager.start();
  expect(tries).toHaveLength(1);
  for (const waitMs of [500, 1_000, 2_000, 4_000]) {
    // The attempt times out.
    clock.advance(10_000);
    last().closed(lost);
    expect(clock.nextMs()).toBe(waitMs);
    clock.advance(waitMs);
  }
  expect(tries).toHaveLength(5);
  for (let n = 0; n < 20; n += 1) {
    last().closed(lost);
    clock.advance(clock.nextMs()!);
  }
  last().closed(lost);
  expect(clock.nextMs()).toBe(150_000);
});

it("resets the backoff only after a connection that lasted one minute", () => {
  const { clock, manager, last, connect } = set();
  manager.start();
  for (const [heldMs, waitMs] of [
    [59_999, 500],
    [2_000, 1_000],
    [60_000, 500],
    [2_000, 1_000],
  ] as const) {
    connect();
    clock.advance(heldMs);
    last().closed(lost);
    expect(clock.nextMs()).toBe(waitMs);
    clock.advance(waitMs);
  }
});

it("tries the next endpoint after a failure and stays with a stable one", () => {
  const { clock, tries, manager, last, connect } = set(["a", "b", "c"]);
  manager.start();
  const lose = () => {
    last().closed(lost);
    clock.advance(clock.nextMs()!);
  };
  lose();
  connect();
  clock.advance(60_000);
  lose();
  lose();
  lose();
  expect(tries.map(({ endpoint }) => endpoint)).toEqual(["a", "b", "b", "c", "a"]);
});

it("restarts at the first endpoint after the requested wait", async () => {
  const { clock, tries, endings, ended, manager, last, connect } = set(["a", "b"]);
  manager.start();
  last().closed(lost);
  clock.advance(500);
  connect();
  await manager.restart(7_777);
  expect(ended).toEqual(["b"]);
  expect(clock.nextMs()).toBe(7_777);
  clock.advance(7_777);
  expect(tries.map(({ endpoint }) => endpoint)).toEqual(["a", "b", "a"]);
  expect(endings.at(-1)?.isEarly).toBe(false);
});

it("ignores a restart while disconnected", async () => {
  const { clock, tries, manager, last } = set();
  manager.start();
  await manager.restart(7_777);
  last().closed(lost);
  await manager.restart(7_777);
  expect(clock.nextMs()).toBe(500);
  clock.advance(500);
  expect(tries).toHaveLength(2);
});

it("distinguishes an early disconnection from an intended one", async () => {
  const { clock, endings, manager, last, connect } = set();
  manager.start();
  last().closed(lost);
  clock.advance(500);
  connect();
  clock.advance(100);
  last().closed(lost);
  clock.advance(5_000);
  connect();
  await manager.stop();
  expect(endings.map(({ isEarly }) => isEarly)).toEqual([false, true, false]);
});

it("does not reconnect after stop, also during a wait", async () => {
  const { clock, tries, manager, last } = set();
  manager.start();
  last().closed(lost);
  await manager.stop();
  clock.advance(1_000_000);
  expect(tries).toHaveLength(1);
  manager.start();
  manager.start();
  expect(tries).toHaveLength(2);
});

it("keeps the current endpoint when endpoints are added", () => {
  const { clock, tries, manager, last, connect, setEndpoints } = set(["a", "b"]);
  manager.start();
  // After three failures, the attempt at "b" succeeds.
  for (let n = 0; n < 3; n += 1) {
    last().closed(lost);
    clock.advance(clock.nextMs()!);
  }
  connect();
  expect(manager.current()).toBe("b");
  setEndpoints(["a", "b", "c"]);
  clock.advance(stableConnectionMs);
  last().closed(lost);
  clock.advance(clock.nextMs()!);
  expect(last().endpoint).toBe("b");
  last().closed(lost);
  clock.advance(clock.nextMs()!);
  last().closed(lost);
  clock.advance(clock.nextMs()!);
  expect(tries.slice(-3).map(({ endpoint }) => endpoint)).toEqual(["b", "c", "a"]);
});

it("starts at the first endpoint if the current one was removed", () => {
  const { clock, manager, last, setEndpoints } = set(["a", "b"]);
  manager.start();
  setEndpoints(["c", "d"]);
  last().closed(lost);
  clock.advance(clock.nextMs()!);
  expect(last().endpoint).toBe("c");
});
