import type { Condition, Conditions, Fault, ServiceName } from "../fault/fault.ts";
import type { Peers, Services } from "../services.ts";

/** Injects faults into a region. Each operation resolves when it has taken effect. */
export interface RegionControl {
  readonly conditions: Conditions;
  /** Stops services abruptly, without notice: connections are cut and functions are killed. */
  stop(names: readonly ServiceName[]): Promise<void>;
  /** Starts services again with their stored state. */
  start(names: readonly ServiceName[]): Promise<void>;
  /** Slows a service down or makes it fail; `undefined` clears the fault. */
  setFault(name: ServiceName, fault: Fault | undefined): Promise<void>;
}

type Deps = Pick<Services, "sqs" | "iot" | "lambda" | "setInterceptors">;

/** Opens the control of a region whose services accept clients. */
export const openRegionControl = (services: Deps, peers: Peers): RegionControl => {
  const { sqs, iot, lambda, setInterceptors } = services;
  const states = new Map<ServiceName, Condition>();
  const isStopped = (name: ServiceName) => states.get(name)?.isStopped ?? false;
  const change = (name: ServiceName, to: Partial<Condition>): void => {
    const { isStopped: stopped, fault } = { isStopped: false, ...states.get(name), ...to };
    if (stopped || fault !== undefined) states.set(name, { isStopped: stopped, fault });
    else states.delete(name);
  };
  const update = () => setInterceptors(Object.fromEntries(states), peers);

  const stop = async (names: readonly ServiceName[]): Promise<void> => {
    const stopping = names.filter((name) => !isStopped(name));
    for (const name of stopping) change(name, { isStopped: true });
    if (stopping.includes("broker")) iot.halt();
    await update();
    if (stopping.includes("functions")) await lambda.halt();
  };

  const start = async (names: readonly ServiceName[]): Promise<void> => {
    const starting = names.filter(isStopped);
    for (const name of starting) change(name, { isStopped: false });
    await update();
    if (starting.includes("broker")) await iot.resume();
    if (!starting.includes("functions")) return;
    try {
      // The receivers of messages in flight no longer exist.
      sqs.release();
    } finally {
      // If the release fails, messages return after their visibility timeout. The functions start
      // in any case.
      lambda.resume();
    }
  };

  // Operations run one after the other.
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
        await update();
      }),
  };
};
