import type { ActiveAlarm } from "../alarm/alarmStates.ts";
import type { Operations } from "./operations.ts";

/** What needs a person, as sentences. */
export const problemsOf = (found: Omit<Operations, "problems">): string[] => [
  ...found.alarms.filter(isOwn).map(({ region, name, text }) => {
    const article = text === undefined ? "" : ` (docs/runbook.md#${text.runbook})`;
    return `${region}: ${text?.sentence ?? `The alarm ${name} fires.`}${article}`;
  }),
  ...found.unavailable.map(
    ({ source, region, reason }) =>
      `${region ?? "All regions"}: the source "${source}" does not answer: ${reason}`,
  ),
  ...found.ledger.flatMap(({ region, balance }) =>
    balance === undefined || balance.missing === 0
      ? []
      : [`${region}: ${balance.missing} deliveries are missing.`],
  ),
  ...(found.heartbeats ?? [])
    .filter(({ isSilent }) => isSilent)
    .map(({ from, by }) => `${from}: The watcher of ${by} receives no heartbeats from it.`),
  ...(found.pages?.failed ?? [])
    .filter(({ page, dead }) => dead !== undefined && page.resolvedAt === undefined)
    .map(({ page, receiver }) => `${page.region}: ${receiver} did not get the page ${page.id}.`),
  ...(found.selfTests ?? []).flatMap(({ region, ways }) =>
    ways
      .filter(({ isOverdue }) => isOverdue)
      .map(({ way }) => `${region}: Nobody acknowledged the self-test by ${way}.`),
  ),
];

/** An alarm of a group means nothing by itself: its composite alarm says what is wrong. */
const isOwn = ({ hasActions }: ActiveAlarm): boolean => hasActions;
