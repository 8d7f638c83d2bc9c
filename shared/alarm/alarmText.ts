import * as z from "zod/mini";
import { type Component, component } from "./component.ts";

/**
 * How much an alarm matters: `critical`, if customers lose service now; `error`, if service is
 * degraded or delayed; `warning`, if no customer is affected.
 */
export const severity = z.enum(["critical", "error", "warning"]);

export type Severity = z.output<typeof severity>;

/** What the description of an alarm states. */
export interface AlarmText {
  /** One sentence for the on-call engineer. It ends with a full stop. */
  readonly sentence: string;
  readonly severity: Severity;
  /** The affected components, in their order. Only a warning and `silenceArticle` may have none. */
  readonly components: readonly Component[];
  /** The anchor of the alarm's article in the runbook. */
  readonly runbook: string;
}

/**
 * The article about a region without heartbeats. What its customers lose is not known, and the
 * components of the region with the alarm work.
 */
export const silenceArticle = "a-region-is-silent";

/** The article about what a watcher has found and no alarm reports. */
export const problemArticle = "a-watcher-has-found-a-problem";

/** CloudWatch's maximum length of a description, in characters. */
const descriptionLengthMax = 1_024;

/** The word for an empty list of components. */
const none = "none";

const pattern =
  /^(?<sentence>\S.*\.) Severity: (?<severity>[a-z]+)\. Components: (?<components>[a-z, ]+)\. Runbook: docs\/runbook\.md#(?<runbook>[a-z0-9]+(?:-[a-z0-9]+)*)$/;

/**
 * Renders the description of an alarm: `<Sentence.> Severity: error. Components: events,
 * integrations. Runbook: docs/runbook.md#<anchor>`. `parseAlarmText` reads it. Throws a RangeError
 * for a text that it could not read.
 */
export const renderAlarmText = (text: AlarmText): string => {
  const { sentence, severity, components, runbook } = text;
  const named = components.length === 0 ? none : components.join(", ");
  const rendered = `${sentence} Severity: ${severity}. Components: ${named}. Runbook: docs/runbook.md#${runbook}`;
  const read = parseAlarmText(rendered);
  if (read === undefined || read.sentence !== sentence) {
    throw new RangeError(`The text of an alarm is not valid: ${rendered}`);
  }
  return rendered;
};

/** The text in the description of an alarm; undefined if it has another form. Never throws. */
export const parseAlarmText = (description: string): AlarmText | undefined => {
  if (description.length > descriptionLengthMax) return undefined;
  const { sentence, components, runbook, ...found } = pattern.exec(description)?.groups ?? {};
  const level = severity.safeParse(found.severity);
  const parts = componentsFrom(components);
  if (sentence === undefined || runbook === undefined) return undefined;
  if (!level.success || parts === undefined) return undefined;
  const mayHaveNone = level.data === "warning" || runbook === silenceArticle;
  if (parts.length === 0 && !mayHaveNone) return undefined;
  return { sentence, severity: level.data, components: parts, runbook };
};

/** Distinct components in their order; undefined for any other list. */
const componentsFrom = (list: string | undefined): Component[] | undefined => {
  if (list === none) return [];
  const named = new Set(list?.split(", "));
  const known = component.options.filter((name) => named.has(name));
  return known.join(", ") === list ? known : undefined;
};
