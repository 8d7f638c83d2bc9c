import type { Delivery, DeliveryQueue } from "#shared/delivery/delivery.ts";
import type { Component, Plan } from "./plan.ts";
import type { Random } from "./random.ts";
import type { VirtualTime } from "./virtualTime.ts";
import type { SimulatedWorker } from "./worker.ts";

interface Deps {
  readonly plan: Plan;
  readonly start: number;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly trace: (what: () => string) => void;
}

/**
 * Steps after which no further faults occur. Each crash can leave a copy of a delivery, and the
 * copies of one that is held for days are copied in turn: without a bound, such a simulation takes
 * minutes.
 */
const faultySteps = 30_000;

/**
 * Injects a fault into any step of a worker: a delay, an error before or after its effect, or a
 * crash.
 */
export const createFaultInjector = ({ plan, start, time, random, trace }: Deps) => {
  const ago = () => time.now() - start;
  let steps = 0;
  const hasFaults = () => ago() < plan.faultsUntilMs && steps < faultySteps;
  const isUnavailable = (component: Component) =>
    plan.outages.some(
      (one) => one.component === component && one.fromMs <= ago() && ago() < one.untilMs,
    );
  const occurs = (probability: number) => hasFaults() && random.bool(probability);
  const isRefused = () => occurs(plan.refused);

  /** A step at which a worker may crash or be delayed. A crashed worker does not continue. */
  const step = async (worker: SimulatedWorker, what: () => string): Promise<void> => {
    steps += 1;
    if (occurs(plan.crashProbability) && !worker.hasExited()) {
      trace(() => `${worker.name} crashes ${what()}`);
      worker.kill();
    }
    if (!worker.hasExited() && random.bool(0.25)) await time.wait(random.int(1, 40));
    if (worker.hasExited()) await new Promise(() => {});
  };

  /** Runs a call of a worker over the network. */
  const call = async <Response>(
    worker: SimulatedWorker,
    component: Component,
    { what, does, lost }: { what: string; does: () => Promise<Response>; lost?: () => void },
  ): Promise<Response> => {
    await step(worker, () => `before ${what}`);
    const fails = isUnavailable(component);
    const isLost = fails ? random.bool(0.2) : occurs(plan.lost);
    if (fails && !isLost) {
      if (random.bool(0.1)) await time.wait(3_000);
      await step(worker, () => `at the failure of ${what}`);
      throw new Error(`${component} fails`);
    }
    const response = await does();
    trace(() => `${worker.name}: ${what}${isLost ? "; the response is lost" : ""}`);
    if (isLost) lost?.();
    await step(worker, () => `after ${what}`);
    if (isLost) throw new Error(`the response of ${component} was lost`);
    return response;
  };

  return {
    isUnavailable,
    isRefused,
    duplicateProbability: () => (hasFaults() ? plan.duplicateProbability : 0),
    step,
    call,
    /** Injects faults into every call of a port. */
    over: <Port extends object>(
      worker: SimulatedWorker,
      component: Component,
      port: Port,
      lost: { [Name in keyof Port]?: (...given: never[]) => void } = {},
    ): Port =>
      Object.fromEntries(
        Object.entries(port).map(([name, does]) => [
          name,
          (...given: never[]) =>
            call(worker, component, {
              what: `${component}.${name}`,
              does: () => does(...given),
              lost: () => lost[name as keyof Port]?.(...given),
            }),
        ]),
      ) as Port,
    /** A queue accepts or refuses each entry of a batch. The call itself never fails. */
    queue: (
      worker: SimulatedWorker,
      component: "deliveries" | "slowLane",
      { put, lost }: { put: (one: Delivery) => void; lost: (one: Delivery) => void },
    ): DeliveryQueue => ({
      async send(deliveries) {
        const refused = new Map<string, Error>();
        for (const one of deliveries) {
          const what = `${component} takes ${one.id} (${one.attempts})`;
          if (isRefused()) refused.set(one.id, new Error("refused"));
          else {
            await call(worker, component, {
              what,
              does: async () => put(one),
              lost: () => lost(one),
            }).catch((error: Error) => refused.set(one.id, error));
          }
        }
        return refused;
      },
    }),
  };
};
