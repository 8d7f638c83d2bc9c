import { backlogGrowthMax, type HighestRate } from "../latency/highestRate.ts";
import type { RateResult } from "../latency/rates.ts";
import type { StreamResult } from "../latency/stream.ts";
import type { Section } from "./section.ts";
import { count, cpu, mb, ms } from "./units.ts";

/** Results of each system at each rate; the factor is the processor time over the reference's. */
export const ratesSection = (all: readonly RateResult[], reference: string): Section => ({
  headings: [
    "Publish to webhook",
    "rate/s",
    "CPU ms/event",
    "× reference",
    "p50 ms",
    "p99 ms",
    "memory MB",
    "events",
    "lost",
    "twice",
  ],
  rows: all.map((one) => {
    const base = all.find(({ system, rate }) => system === reference && rate === one.rate);
    return [
      one.system,
      count(one.rate),
      cpu(one.cpuMsPerEvent),
      base === undefined ? "" : (one.cpuMsPerEvent / base.cpuMsPerEvent).toFixed(1),
      ms(one.p50Ms),
      ms(one.p99Ms),
      mb(one.memoryBytes),
      count(one.published),
      count(one.lost),
      count(one.duplicated),
    ];
  }),
  note: `The reference is the ${reference}: a bare MQTT broker with a subscriber that posts each event, stores nothing and does not retry. CPU is the processor time of all threads of a system, from the operating system, without the publishers and the targets. The target answers with a body. A latency runs from the time at which the event was due.`,
});

export const highestSection = (all: readonly (HighestRate & { system: string })[]): Section => ({
  headings: ["Highest steady rate", "events/s", "probes"],
  rows: all.map(({ system, rate, probes }) => [
    system,
    count(rate),
    probes.map((probe) => `${probe.rate}${probe.isSustained ? "" : " no"}`).join(", "),
  ]),
  note: `A rate is steady if no event is lost and the backlog (events due and not arrived) grows by less than ${backlogGrowthMax * 100} % of the rate in the second half of the time. A failed rate is probed twice.`,
});

export const streamSection = (one: StreamResult): Section => ({
  headings: ["Publish to event stream", "events", "p50 ms", "p99 ms", "max ms", "lost", "twice"],
  rows: [
    [
      `${one.rate} events/s`,
      count(one.published),
      ms(one.p50Ms),
      ms(one.p99Ms),
      ms(one.maxMs),
      count(one.lost),
      count(one.duplicated),
    ],
  ],
});
