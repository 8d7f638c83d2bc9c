import type { Condition, Conditions, Fault, ServiceName } from "../fault/fault.ts";
import type { Peers, Services } from "../services.ts";

/** What a drill does to a region. Each resolves when it is done. */
export interface RegionControl {
  readonly conditions: Conditions;
  /** Stops services abruptly: connections end, functions are killed, and nobody is told. */
  stop(names: readonly ServiceName[]): Promise<void>;
  /** Starts services again, with what they kept. */
  start(names: readonly ServiceName[]): Promise<void>;
  /** Slows a service down, or makes it fail; without a fault it is well again. */
  setFault(name: ServiceName, fault: Fault | undefined): Promise<void>;
}

type Deps = Pick<Services, "queues" | "iot" | "lambda" | "setInterceptors">;

/** The control of a region whose services are open. */
export const openRegionControl = (services: Deps, peers: Peers): RegionControl => {
  const { queues, iot, lambda, setInterceptors } = services;
  const states = new Map<ServiceName, Condition>();
  const isStopped = (name: ServiceName) => states.get(name)?.isStopped ?? false;
  const change = (name: ServiceName, to: Partial<Condition>): void => {
    const { isStopped: stopped, fault } = { isStopped: false, ...states.get(name), ...to };
    if (stopped || fault !== undefined) states.set(name, { isStopped: stopped, fault });
    else states.delete(name);
  };
  const tell = () => setInterceptors(Object.fromEntries(states), peers);

  const stop = async (names: readonly ServiceName[]): Promise<void> => {
    const stopping = names.filter((name) => !isStopped(name));
    for (const name of stopping) change(name, { isStopped: true });
    if (stopping.includes("broker")) iot.halt();
    await tell();
    if (stopping.includes("functions")) await lambda.halt();
  };

  const start = async (names: readonly ServiceName[]): Promise<void> => {
    const starting = names.filter(isStopped);
    for (const name of starting) change(name, { isStopped: false });
    await tell();
    if (starting.includes("broker")) await iot.resume();
    if (!starting.includes("functions")) return;
    try {
      // Of those who took messages nobody is left.
      await queues.release();
    } finally {
      // Without that the messages come back by their visibility time-out; the functions start in any case.
      lambda.resume();
    }
  };

  // One after the other, whoever asks.
  let last: Promise<void> = Promise.resolve();
  const runInOrder = (act: () => Promise<void>): Promise<void> => {
    const done = last.then(act);
    last = done.catch(() => {});
    return done;
  };
  return {
    get conditions() {
      return Object.fromEntries(states);
    },
    stop: (names) => runInOrder(() => stop(names)),
    start: (names) => runInOrder(() => start(names)),
    setFault: (name, fault) =>
      runInOrder(async () => {
        change(name, { fault });
        if (name === "functions") lambda.setFault(fault);
        await tell();
      }),
  };
};
