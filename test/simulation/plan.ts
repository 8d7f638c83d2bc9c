import { type Chances, chances } from "./chances.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
/** The longest `Retry-After`. */
export const longestAskedSeconds = 4_000;

/** The responses of a target for a while. Those without a status do not respond. */
export interface Phase {
  readonly untilMs: number;
  readonly answer: number | "refused" | "hangs" | "breaks off";
  readonly tookMs: number;
  readonly retryAfter?: string;
}

export interface PlannedTarget {
  readonly url: string;
  /** The last phase does not end. */
  readonly phases: readonly Phase[];
}

/** A change of an integration by its owner. */
export interface Change {
  readonly atMs: number;
  readonly what: "disable" | "enable" | "remove" | "rename";
}

export interface PlannedIntegration {
  readonly id: string;
  readonly fleet: string;
  readonly event: string;
  readonly target: PlannedTarget;
  readonly deadline?: number;
  /** Greater than 0 if it is created during the simulation. */
  readonly fromMs: number;
  readonly changes: readonly Change[];
  /** When its row cannot be read. */
  readonly unreadable?: { readonly fromMs: number; readonly untilMs: number };
}

export interface PlannedEvent {
  readonly atMs: number;
  readonly fleet: string;
  readonly device: string;
  readonly name: string;
  /** The device asks for an acknowledgement, and repeats the event until it receives it. */
  readonly key?: string;
}

/** The components that may fail for a while. */
export const parts = [
  "integrations",
  "waiting",
  "deadLetters",
  "seen",
  "events",
  "deliveries",
  "slowLane",
  "broker",
  "failedEvents",
] as const;

export type Part = (typeof parts)[number];

export interface Outage {
  readonly part: Part;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The plan of a simulation: everything that happens in it. */
export interface Plan {
  readonly seed: number;
  /** Only targets fail, so I2 can be checked. */
  readonly calm: boolean;
  readonly fleets: readonly string[];
  readonly integrations: readonly PlannedIntegration[];
  readonly events: readonly PlannedEvent[];
  readonly outages: readonly Outage[];
  /** After this time only targets fail. */
  readonly calmFromMs: number;
  /**
   * The chances that a worker dies at a step, that a response is lost, and that a queue refuses an
   * entry or delivers it twice.
   */
  readonly crash: number;
  readonly lost: number;
  readonly refused: number;
  readonly twice: number;
  readonly receivesMax: number;
  readonly routeWorkers: number;
  readonly workers: number;
  readonly slowWorkers: number;
  readonly batch: number;
  /** Whether response events are published. */
  readonly tells: boolean;
}

/** One seed in ten is calm. */
export const planOf = (seed: number): Plan => {
  const chance = chances(seed);
  return seed % 10 === 0 ? calmPlan(seed, chance) : roughPlan(seed, chance);
};

const names = ["a/b", "a/c", "b"] as const;
const healthy: Phase = { untilMs: Number.POSITIVE_INFINITY, answer: 200, tookMs: 20 };

const roughPlan = (seed: number, chance: Chances): Plan => {
  const fleets = ["f1", "f2"].slice(0, chance.int(1, 2));
  const spanMs = chance.of([2_000, minuteMs, 10 * minuteMs, 10 * minuteMs, 5 * hourMs]);
  const longMs = chance.is(0.03) ? 144 * hourMs : spanMs;
  const targets = Array.from({ length: chance.int(1, 3) }, (_, i) => roughTarget(i, chance));
  const integrations = Array.from({ length: chance.int(1, 5) }, (_, i) => ({
    id: `i${i}`,
    fleet: chance.of(fleets),
    event: chance.of(["", "a", "a", "a/b", "b"]),
    target: chance.of(targets),
    ...(chance.is(0.15) && { deadline: chance.of([10, 600, 86_400]) }),
    fromMs: chance.is(0.15) ? chance.int(1, longMs) : 0,
    changes: changes(longMs, chance),
    ...(chance.is(0.06) && { unreadable: unreadable(longMs, chance) }),
  }));
  const events = Array.from({ length: chance.int(1, 8) }, (_, i) => ({
    atMs: chance.int(0, longMs),
    fleet: chance.of(integrations).fleet,
    device: `d${chance.int(1, 2)}`,
    name: chance.of(names),
    ...(chance.is(0.4) && { key: `k${i}` }),
  }));
  return {
    ...{ seed, calm: false, fleets, integrations, events },
    outages: Array.from({ length: chance.int(0, 3) }, () => outage(longMs, chance)),
    calmFromMs: longMs + 10 * minuteMs,
    crash: chance.of([0, 0.003, 0.01, 0.03, 0.1]),
    lost: chance.of([0, 0.01]),
    refused: chance.of([0, 0, 0.1]),
    twice: chance.of([0, 0.02, 0.2]),
    receivesMax: chance.of([2, 3, 10, 200]),
    ...{ routeWorkers: chance.int(1, 3), workers: chance.int(1, 3), slowWorkers: chance.int(1, 2) },
    batch: chance.of([1, 3, 10]),
    tells: chance.is(0.1),
  };
};

const changes = (spanMs: number, chance: Chances): Change[] =>
  Array.from({ length: chance.is(0.25) ? chance.int(1, 2) : 0 }, () => ({
    atMs: chance.int(1, spanMs * 2),
    what: chance.of(["disable", "enable", "enable", "remove", "rename"] as const),
  })).sort((a, b) => a.atMs - b.atMs);

/** Mostly from the start, before any worker has read the row. */
const unreadable = (spanMs: number, chance: Chances) => {
  const fromMs = chance.of([0, 0, chance.int(0, spanMs)]);
  const longMs = chance.of([5_000, 20 * minuteMs, 10 * hourMs, 100 * hourMs]);
  return { fromMs, untilMs: fromMs + chance.int(1, longMs) };
};

const outage = (spanMs: number, chance: Chances): Outage => {
  const fromMs = chance.int(0, spanMs);
  const longMs = chance.of([1_000, 20_000, 5 * minuteMs]);
  return { part: chance.of(parts), fromMs, untilMs: fromMs + chance.int(1, longMs) };
};

/** The target fails for a while, in one way or several, or permanently. */
const roughTarget = (i: number, chance: Chances): PlannedTarget => {
  const phases: Phase[] = [];
  let untilMs = 0;
  for (let left = chance.int(0, 3); left > 0; left -= 1) {
    const lasts = [
      3_000,
      minuteMs,
      20 * minuteMs,
      4 * hourMs,
      chance.is(0.3) ? 40 * hourMs : 3_000,
    ];
    untilMs += chance.int(1, chance.of(lasts));
    phases.push(badPhase(untilMs, chance));
  }
  const last = chance.is(0.06) ? badPhase(Number.POSITIVE_INFINITY, chance) : healthy;
  return { url: `https://${chance.of(["one", "two"])}.example/${i}`, phases: [...phases, last] };
};

const badPhase = (untilMs: number, chance: Chances): Phase => {
  const answer = chance.of([
    ...([500, 503, 429, 400, "refused", "hangs", "breaks off", 200] as const),
    ...(chance.is(0.2) ? ([410] as const) : []),
  ]);
  const tookMs = answer === "hangs" ? 20_000 : chance.of([1, 300, 2_000, 9_000]);
  const retryAfter =
    answer === 429 || answer === 503
      ? chance.of([undefined, "7", String(longestAskedSeconds)])
      : undefined;
  return { untilMs, answer, tookMs, ...(retryAfter !== undefined && { retryAfter }) };
};

/** Two healthy integrations, some on the hosts of unhealthy ones, with ten times as many events. */
const calmPlan = (seed: number, chance: Chances): Plan => {
  const fleets = ["f1", "f2"];
  const spanMs = chance.of([minuteMs, 2 * minuteMs, 4 * minuteMs]);
  const bad = Array.from({ length: chance.int(1, 3) }, () =>
    badPhase(chance.of([spanMs, 20 * minuteMs]), chance),
  );
  const integrations = [healthy, healthy, ...bad].map((phase, i) => ({
    id: `i${i}`,
    fleet: chance.of(fleets),
    event: `n${i}/`,
    target: {
      url: `https://${chance.of(["one", "two"])}.example/${i}`,
      phases: phase === healthy ? [healthy] : [phase, healthy],
    },
    fromMs: 0,
    changes: [],
  }));
  const events = integrations.flatMap(({ fleet, event, target }) =>
    Array.from({ length: isWell(target) ? 6 : chance.int(30, 60) }, (_, i) => ({
      ...{ fleet, device: "d1", name: `${event}x` },
      // Faults of a target show at once.
      atMs: i === 0 && !isWell(target) ? 0 : chance.int(0, spanMs),
    })),
  );
  return {
    ...{ seed, calm: true, fleets, integrations, events },
    ...{ outages: [], calmFromMs: 0, crash: 0, lost: 0, refused: 0, twice: 0, receivesMax: 200 },
    ...{ routeWorkers: 2, workers: chance.int(3, 6), slowWorkers: chance.int(1, 2), batch: 10 },
    tells: false,
  };
};

/** Whether a target never fails. */
export const isWell = ({ phases }: PlannedTarget): boolean => phases.length === 1;
