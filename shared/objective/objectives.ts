import type { AlarmText } from "../alarm/alarmText.ts";
import type { Check } from "./check.ts";

/**
 * An objective of the service, which the canary of each region measures. Its alarms are made from
 * it: `infra/constructs/operations/objectiveAlarms.ts`.
 */
export interface Objective extends Omit<AlarmText, "sentence"> {
  /** The operation in words, as the subject of a sentence. */
  readonly name: string;
  /** The part of the checks that must pass, in percent. */
  readonly targetPercent: number;
  /** A check that takes longer fails, in milliseconds. */
  readonly latencyMsMax: number;
  /** The interval of the check in minutes. Default: 1. */
  readonly everyMinutes?: number;
}

/**
 * The target of every objective. A canary has 60 samples in an hour: with a target of 99.9 %, one
 * failed sample would exceed 14.4 times the budget of the hour (docs/adr/0059-canaries.md).
 */
const targetPercent = 99.5;

/** The interval of the check of an update. It costs an offer and a download. */
export const updateCheckMinutes = 10;

/** The objectives of the service, by the check that measures them. */
export const objectives: Readonly<Record<Check, Objective>> = {
  connect: {
    name: "Connecting a device",
    components: ["connectivity"],
    severity: "critical",
    runbook: "the-canary-cannot-connect",
    targetPercent,
    latencyMsMax: 5_000,
  },
  event: {
    name: "Accepting an event of a device",
    components: ["events"],
    severity: "critical",
    runbook: "the-events-of-the-canary-are-not-accepted",
    targetPercent,
    latencyMsMax: 5_000,
  },
  webhook: {
    name: "Delivering an event to a webhook",
    components: ["integrations"],
    severity: "critical",
    runbook: "the-canary-gets-no-webhook",
    targetPercent,
    latencyMsMax: 5_000,
  },
  function: {
    name: "Calling a function of a device",
    components: ["calls"],
    severity: "critical",
    runbook: "the-canary-cannot-be-called",
    targetPercent,
    latencyMsMax: 5_000,
  },
  variable: {
    name: "Reading a variable of a device",
    components: ["calls"],
    severity: "critical",
    runbook: "the-canary-cannot-be-called",
    targetPercent,
    latencyMsMax: 5_000,
  },
  stream: {
    name: "Streaming an event",
    components: ["streams"],
    severity: "critical",
    runbook: "the-canary-streams-no-event",
    targetPercent,
    latencyMsMax: 5_000,
  },
  api: {
    name: "A request to the REST API",
    components: ["api"],
    severity: "critical",
    runbook: "the-api-does-not-answer-the-canary",
    targetPercent,
    latencyMsMax: 3_000,
  },
  // Six samples in an hour: the budget is larger, or one failure would page.
  update: {
    name: "Offering an update to a device",
    components: ["management"],
    severity: "error",
    runbook: "the-canary-gets-no-update",
    targetPercent: 95,
    latencyMsMax: 10_000,
    everyMinutes: updateCheckMinutes,
  },
};

/** Two windows of a burn rate. An alarm needs both, so that it ends soon after the problem. */
export interface BurnRate {
  /** How many times faster than allowed the error budget is used up. */
  readonly rate: number;
  readonly longMinutes: number;
  readonly shortMinutes: number;
}

/**
 * The burn rates that page: 2 % of the budget of 30 days within an hour, or 5 % within six hours.
 * https://sre.google/workbook/alerting-on-slos/
 */
export const burnRates: readonly BurnRate[] = [
  { rate: 14.4, longMinutes: 60, shortMinutes: 5 },
  { rate: 6, longMinutes: 360, shortMinutes: 30 },
];

/** The part of failed checks, from 0 to 1, at which an objective burns its budget at a rate. */
export const failureRatio = (
  { targetPercent: target }: Pick<Objective, "targetPercent">,
  { rate }: Pick<BurnRate, "rate">,
): number => Number(((rate * (100 - target)) / 100).toFixed(6));

/** The sentence of the alarm for failed checks in a row. */
export const failingSentence = (
  { name, everyMinutes = 1 }: Objective,
  checksFailed: number,
): string =>
  `${name} fails in this region: ${checksFailed} checks of the canary failed within ${(checksFailed + 1) * everyMinutes} minutes.`;

/** The sentence of the alarm for one window of a burn rate. */
export const windowSentence = (
  { name, targetPercent: target }: Objective,
  { rate }: Pick<BurnRate, "rate">,
  minutes: number,
): string =>
  `${name} used its error budget (${100 - target} %) ${rate} times too fast within ${minutes} minutes.`;
