import type { Subject } from "../system/system.ts";
import type { LossTarget } from "./lossTarget.ts";

/** What a test runs with. */
export interface LossTestContext {
  readonly subject: Pick<Subject, "kill" | "restart">;
  /** The target of all events, and the second target in a test with two. */
  readonly target: Pick<LossTarget, "refuseFor" | "hang" | "recover">;
  readonly other: Pick<LossTarget, "refuseFor" | "hang" | "recover">;
  /** Publishes at a rate. Resolves when the broker has acknowledged all events. */
  publish(load: { readonly events: number; readonly rate: number }): Promise<void>;
  wait(ms: number): Promise<unknown>;
}

export interface LossTest {
  readonly number: number;
  readonly name: string;
  /** Each of two targets gets that number of events. */
  readonly hasTwoTargets?: boolean;
  /** File descriptor limit of the worker. */
  readonly descriptors?: number;
  run(stage: LossTestContext): Promise<void>;
}

const steady = 200;

/** Five ways to lose events, with fixed numbers of events. */
export const lossTests: readonly LossTest[] = [
  {
    number: 1,
    name: "worker killed with 20,000 acknowledged",
    async run({ publish, subject }) {
      await publish({ events: 20_000, rate: 5_000 });
      await subject.kill();
      await subject.restart();
    },
  },
  {
    number: 2,
    name: "worker killed at 200/s",
    async run({ publish, subject, wait }) {
      const published = publish({ events: 5_000, rate: steady });
      await wait(12_500);
      await subject.kill();
      await Promise.all([subject.restart(), published]);
    },
  },
  {
    number: 3,
    name: "target answers 503 for 5 s, 200/s",
    async run({ publish, target, wait }) {
      const published = publish({ events: 3_000, rate: steady });
      await wait(5_000);
      await Promise.all([target.refuseFor(5_000), published]);
    },
  },
  {
    number: 4,
    name: "another target hangs for 30 s, 1,024 descriptors",
    hasTwoTargets: true,
    descriptors: 1_024,
    async run({ publish, other, wait }) {
      other.hang();
      const published = publish({ events: 3_000, rate: steady });
      await Promise.all([wait(30_000), published]);
      other.recover();
    },
  },
  {
    number: 5,
    name: "worker down for 10 s, 200/s",
    async run({ publish, subject, wait }) {
      const published = publish({ events: 6_000, rate: steady });
      await wait(10_000);
      await subject.kill();
      await wait(10_000);
      await Promise.all([subject.restart(), published]);
    },
  },
];
