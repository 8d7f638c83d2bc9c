import { createRandom, type Random } from "./random.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;
/** The longest `Retry-After`. */
export const retryAfterSecondsMax = 4_000;

/** The responses of a target for a while. Those without a status do not respond. */
export interface Phase {
  readonly untilMs: number;
  readonly answer: number | "refused" | "hangs" | "disconnects";
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
export const components = [
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

export type Component = (typeof components)[number];

export interface Outage {
  readonly component: Component;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The plan of a simulation: everything that happens in it. */
export interface Plan {
  readonly seed: number;
  /** Only targets fail, so I2 can be checked. */
  readonly hasTargetFaultsOnly: boolean;
  readonly fleets: readonly string[];
  readonly integrations: readonly PlannedIntegration[];
  readonly events: readonly PlannedEvent[];
  readonly outages: readonly Outage[];
  /** After this time only targets fail. */
  readonly faultsUntilMs: number;
  /**
   * The probabilities that a worker crashes at a step, that a response is lost, and that a queue
   * refuses an entry or delivers it twice.
   */
  readonly crashProbability: number;
  readonly lost: number;
  readonly refused: number;
  readonly duplicateProbability: number;
  readonly receivesMax: number;
  readonly routeWorkers: number;
  readonly workers: number;
  readonly slowWorkers: number;
  readonly batch: number;
  /** Whether response events are published. */
  readonly publishesResponses: boolean;
}

/** In one seed of ten only targets fail. */
export const planOf = (seed: number): Plan => {
  const random = createRandom(seed);
  return seed % 10 === 0 ? targetFaultsPlan(seed, random) : faultyPlan(seed, random);
};

const names = ["a/b", "a/c", "b"] as const;
const healthy: Phase = { untilMs: Number.POSITIVE_INFINITY, answer: 200, tookMs: 20 };

const faultyPlan = (seed: number, random: Random): Plan => {
  const fleets = ["f1", "f2"].slice(0, random.int(1, 2));
  const spanMs = random.pick([2_000, minuteMs, 10 * minuteMs, 10 * minuteMs, 5 * hourMs]);
  const longMs = random.bool(0.03) ? 144 * hourMs : spanMs;
  const targets = Array.from({ length: random.int(1, 3) }, (_, i) => faultyTarget(i, random));
  const integrations = Array.from({ length: random.int(1, 5) }, (_, i) => ({
    id: `i${i}`,
    fleet: random.pick(fleets),
    event: random.pick(["", "a", "a", "a/b", "b"]),
    target: random.pick(targets),
    ...(random.bool(0.15) && { deadline: random.pick([10, 600, 86_400]) }),
    fromMs: random.bool(0.15) ? random.int(1, longMs) : 0,
    changes: changes(longMs, random),
    ...(random.bool(0.06) && { unreadable: unreadable(longMs, random) }),
  }));
  const events = Array.from({ length: random.int(1, 8) }, (_, i) => ({
    atMs: random.int(0, longMs),
    fleet: random.pick(integrations).fleet,
    device: `d${random.int(1, 2)}`,
    name: random.pick(names),
    ...(random.bool(0.4) && { key: `k${i}` }),
  }));
  return {
    ...{ seed, hasTargetFaultsOnly: false, fleets, integrations, events },
    outages: Array.from({ length: random.int(0, 3) }, () => outage(longMs, random)),
    faultsUntilMs: longMs + 10 * minuteMs,
    crashProbability: random.pick([0, 0.003, 0.01, 0.03, 0.1]),
    lost: random.pick([0, 0.01]),
    refused: random.pick([0, 0, 0.1]),
    duplicateProbability: random.pick([0, 0.02, 0.2]),
    receivesMax: random.pick([2, 3, 10, 200]),
    ...{ routeWorkers: random.int(1, 3), workers: random.int(1, 3), slowWorkers: random.int(1, 2) },
    batch: random.pick([1, 3, 10]),
    publishesResponses: random.bool(0.1),
  };
};

const changes = (spanMs: number, random: Random): Change[] =>
  Array.from({ length: random.bool(0.25) ? random.int(1, 2) : 0 }, () => ({
    atMs: random.int(1, spanMs * 2),
    what: random.pick(["disable", "enable", "enable", "remove", "rename"] as const),
  })).sort((a, b) => a.atMs - b.atMs);

/** Mostly from the start, before any worker has read the row. */
const unreadable = (spanMs: number, random: Random) => {
  const fromMs = random.pick([0, 0, random.int(0, spanMs)]);
  const longMs = random.pick([5_000, 20 * minuteMs, 10 * hourMs, 100 * hourMs]);
  return { fromMs, untilMs: fromMs + random.int(1, longMs) };
};

const outage = (spanMs: number, random: Random): Outage => {
  const fromMs = random.int(0, spanMs);
  const longMs = random.pick([1_000, 20_000, 5 * minuteMs]);
  return { component: random.pick(components), fromMs, untilMs: fromMs + random.int(1, longMs) };
};

/** The target fails for a while, in one way or several, or permanently. */
const faultyTarget = (i: number, random: Random): PlannedTarget => {
  const phases: Phase[] = [];
  let untilMs = 0;
  for (let left = random.int(0, 3); left > 0; left -= 1) {
    const lasts = [
      3_000,
      minuteMs,
      20 * minuteMs,
      4 * hourMs,
      random.bool(0.3) ? 40 * hourMs : 3_000,
    ];
    untilMs += random.int(1, random.pick(lasts));
    phases.push(unhealthyPhase(untilMs, random));
  }
  const last = random.bool(0.06) ? unhealthyPhase(Number.POSITIVE_INFINITY, random) : healthy;
  return { url: `https://${random.pick(["one", "two"])}.example/${i}`, phases: [...phases, last] };
};

const unhealthyPhase = (untilMs: number, random: Random): Phase => {
  const answer = random.pick([
    ...([500, 503, 429, 400, "refused", "hangs", "disconnects", 200] as const),
    ...(random.bool(0.2) ? ([410] as const) : []),
  ]);
  const tookMs = answer === "hangs" ? 20_000 : random.pick([1, 300, 2_000, 9_000]);
  const retryAfter =
    answer === 429 || answer === 503
      ? random.pick([undefined, "7", String(retryAfterSecondsMax)])
      : undefined;
  return { untilMs, answer, tookMs, ...(retryAfter !== undefined && { retryAfter }) };
};

/** Two healthy integrations, some on the hosts of unhealthy ones, with ten times as many events. */
const targetFaultsPlan = (seed: number, random: Random): Plan => {
  const fleets = ["f1", "f2"];
  const spanMs = random.pick([minuteMs, 2 * minuteMs, 4 * minuteMs]);
  const unhealthy = Array.from({ length: random.int(1, 3) }, () =>
    unhealthyPhase(random.pick([spanMs, 20 * minuteMs]), random),
  );
  const integrations = [healthy, healthy, ...unhealthy].map((phase, i) => ({
    id: `i${i}`,
    fleet: random.pick(fleets),
    event: `n${i}/`,
    target: {
      url: `https://${random.pick(["one", "two"])}.example/${i}`,
      phases: phase === healthy ? [healthy] : [phase, healthy],
    },
    fromMs: 0,
    changes: [],
  }));
  const events = integrations.flatMap(({ fleet, event, target }) =>
    Array.from({ length: isHealthy(target) ? 6 : random.int(30, 60) }, (_, i) => ({
      ...{ fleet, device: "d1", name: `${event}x` },
      // Faults of a target show at once.
      atMs: i === 0 && !isHealthy(target) ? 0 : random.int(0, spanMs),
    })),
  );
  return {
    ...{ seed, hasTargetFaultsOnly: true, fleets, integrations, events },
    ...{
      outages: [],
      faultsUntilMs: 0,
      crashProbability: 0,
      lost: 0,
      refused: 0,
      duplicateProbability: 0,
      receivesMax: 200,
    },
    ...{ routeWorkers: 2, workers: random.int(3, 6), slowWorkers: random.int(1, 2), batch: 10 },
    publishesResponses: false,
  };
};

/** Whether a target never fails. */
export const isHealthy = ({ phases }: PlannedTarget): boolean => phases.length === 1;
