import { setTimeout as wait } from "node:timers/promises";
import type { Arrivals } from "../latency/arrivals.ts";
import { measure, warmUp } from "../latency/measure.ts";
import { openPublishers, type Publishers } from "../latency/publishers.ts";
import type { Options } from "../options.ts";
import { installNamedPeer, peerKind } from "../peer/peers.ts";
import type { Section } from "../report/section.ts";
import { baselineKind } from "../system/baseline.ts";
import { type CloudSystem, cloudKind } from "../system/cloud.ts";
import type { Route, System } from "../system/system.ts";

/** The result of a command: data for the JSON file, and tables. */
export interface ModeResult {
  readonly data: object;
  readonly sections: readonly Section[];
  /** The name of the files with the results, unless it is that of the command. */
  readonly name?: string;
  /** A plot, as SVG. */
  readonly plot?: string;
}

/** One command of the benchmark. Whatever it starts, `stopAll` stops at the end. */
export type Mode = (options: Options, log: (text: string) => void) => Promise<ModeResult>;

/** The systems of a comparison. */
export interface Systems {
  readonly cloud: CloudSystem;
  /** The cloud, the bare subscriber and the peer, in this order. */
  readonly all: readonly System[];
}

/** Starts the cloud, the reference, and the peer if there is one. */
export const startSystems = async (
  { place, peer }: Pick<Options, "place" | "peer">,
  routes: readonly Route[],
  log: (text: string) => void,
): Promise<Systems> => {
  if (peer !== undefined) {
    log(`installing ${peer}`);
    await installNamedPeer(peer);
  }
  log("starting the systems");
  const cloud = await cloudKind(place).start(routes);
  const all: System[] = [cloud, await baselineKind.start(routes)];
  if (peer !== undefined) all.push(await peerKind(peer).start(routes));
  return { cloud, all };
};

/** Opens the publishers of systems, and warms the systems up. */
export const openWarmPublishers = async (
  systems: readonly System[],
  arrivals: Arrivals,
): Promise<Publishers[]> => {
  const all = systems.map((system) => openPublishers(system));
  for (const publishers of all) await measure(publishers, arrivals, warmUp);
  return all;
};

const pollMs = 20;

/**
 * Polls a condition until it holds. Returns whether it held within the time. The condition is
 * polled once more at the end.
 */
export const waitUntil = async (
  condition: () => boolean | Promise<boolean>,
  withinMs: number,
): Promise<boolean> => {
  const last = performance.now() + withinMs;
  for (;;) {
    const isLast = performance.now() >= last;
    if (await condition()) return true;
    if (isLast) return false;
    await wait(pollMs);
  }
};
