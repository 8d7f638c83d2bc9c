import type { Page, PageEvent } from "../page.ts";

/** The notification of a receiver: an event of a page. */
export interface Notice {
  readonly page: Page;
  readonly event: PageEvent;
  /** The URL of the article in the runbook, or its path in the documentation. */
  readonly runbook: string | undefined;
  /** In milliseconds since 1970. */
  readonly now: number;
}

/** The URL of the runbook, if the deployment has one. Services accept only URLs as links. */
export const runbookUrl = ({ runbook }: Notice): string | undefined =>
  runbook !== undefined && URL.canParse(runbook) ? runbook : undefined;

/** A page as text, for people: a line for each fact. */
export const noticeLines = (notice: Notice): string[] => {
  const { page, event, runbook } = notice;
  const fact = (name: string, value: string | undefined): string[] =>
    value === undefined || value === "" ? [] : [`${name}: ${value}`];
  return [
    ...fact("Severity", page.severity),
    ...fact("Region", page.region),
    ...fact("Components", page.components.join(", ")),
    ...fact("Parts", page.slice.join("; ")),
    ...fact("Since", new Date(page.since).toISOString()),
    ...(event === "resolve"
      ? fact("Ended", new Date(page.resolvedAt ?? notice.now).toISOString())
      : []),
    ...fact("Reason", page.reason),
    ...fact("Runbook", runbook),
    ...(event === "trigger" ? fact("Acknowledge", page.ackUrl) : []),
  ];
};

/** The subject of a page: `[critical] us-east-1: …` or `[ended] …`. */
export const noticeTitle = ({ page, event }: Notice): string => {
  const state = event === "resolve" ? "ended" : page.severity;
  return `[${state}] ${page.region}: ${page.summary}`;
};
