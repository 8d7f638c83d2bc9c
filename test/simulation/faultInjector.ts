import type { Delivery, DeliveryQueue } from "#shared/delivery/delivery.ts";
import type { Chances } from "./chances.ts";
import type { Life } from "./life.ts";
import type { Part, Plan } from "./plan.ts";
import type { VirtualTime } from "./virtualTime.ts";

interface Deps {
  readonly plan: Plan;
  readonly start: number;
  readonly time: VirtualTime;
  readonly chance: Chances;
  readonly trace: (what: () => string) => void;
}

/**
 * Injects a fault into any step of a worker: a delay, an error before or after its effect, or the
 * worker's death.
 */
export const createFaultInjector = ({ plan, start, time, chance, trace }: Deps) => {
  const ago = () => time.now() - start;
  const isRough = () => ago() < plan.calmFromMs;
  const isOut = (part: Part) =>
    plan.outages.some((one) => one.part === part && one.fromMs <= ago() && ago() < one.untilMs);
  const passing = (probability: number) => isRough() && chance.is(probability);
  const isRefused = () => passing(plan.refused);

  /** A step at which a worker may die or be delayed. A dead worker never continues. */
  const step = async (life: Life, what: () => string): Promise<void> => {
    if (passing(plan.crash) && !life.isOver()) {
      trace(() => `${life.name} dies at ${what()}`);
      life.end();
    }
    if (!life.isOver() && chance.is(0.25)) await time.wait(chance.int(1, 40));
    if (life.isOver()) await new Promise(() => {});
  };

  /** Runs a call of a worker over the network. */
  const call = async <Answer>(
    life: Life,
    part: Part,
    { what, does, lost }: { what: string; does: () => Promise<Answer>; lost?: () => void },
  ): Promise<Answer> => {
    await step(life, () => `the door of ${what}`);
    const fails = isOut(part);
    const isLost = fails ? chance.is(0.2) : passing(plan.lost);
    if (fails && !isLost) {
      if (chance.is(0.1)) await time.wait(3_000);
      await step(life, () => `the failure of ${what}`);
      throw new Error(`${part} fails`);
    }
    const answer = await does();
    trace(() => `${life.name}: ${what}${isLost ? ", and does not know it" : ""}`);
    if (isLost) lost?.();
    await step(life, () => `the answer of ${what}`);
    if (isLost) throw new Error(`the answer of ${part} was lost`);
    return answer;
  };

  return {
    isOut,
    isRefused,
    twice: () => (isRough() ? plan.twice : 0),
    step,
    call,
    /** Injects faults into every call of a port. */
    over: <Port extends object>(
      life: Life,
      part: Part,
      port: Port,
      lost: { [Name in keyof Port]?: (...given: never[]) => void } = {},
    ): Port =>
      Object.fromEntries(
        Object.entries(port).map(([name, does]) => [
          name,
          (...given: never[]) =>
            call(life, part, {
              what: `${part}.${name}`,
              does: () => does(...given),
              lost: () => lost[name as keyof Port]?.(...given),
            }),
        ]),
      ) as Port,
    /** A queue accepts or refuses each entry of a batch. The call itself never fails. */
    queue: (
      life: Life,
      part: "deliveries" | "slowLane",
      { put, lost }: { put: (one: Delivery) => void; lost: (one: Delivery) => void },
    ): DeliveryQueue => ({
      async send(deliveries) {
        const refused = new Map<string, Error>();
        for (const one of deliveries) {
          const what = `${part} takes ${one.id} (${one.attempts})`;
          if (isRefused()) refused.set(one.id, new Error("refused"));
          else {
            await call(life, part, {
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
