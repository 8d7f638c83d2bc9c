import type { Severity } from "#shared/alarm/alarmText.ts";
import type { Component } from "#shared/alarm/component.ts";
import { incidentIdOf } from "#shared/status/incidentId.ts";
import type { UpdateRecord } from "#shared/status/incidentRecord.ts";
import type { MonitoredAlarm } from "#shared/status/recordsFromAlarms.ts";

/** 2026-03-01T10:00:00Z */
export const start = Date.UTC(2026, 2, 1, 10);
export const minute = 60_000;
export const region = "eu-west-1";

/** An alarm that fires since a number of minutes after `start`. */
export const anAlarm = (
  name: string,
  {
    severity = "critical",
    components = ["events"],
    since = 0,
    ...given
  }: {
    severity?: Severity;
    components?: Component[];
    since?: number;
    state?: MonitoredAlarm["state"];
    isComposite?: boolean;
    hasActions?: boolean;
  } = {},
): MonitoredAlarm => ({
  name: `Godwit-${name}`,
  text: { sentence: `${name} fails.`, severity, components, runbook: "a-runbook" },
  state: "ALARM",
  isComposite: false,
  hasActions: true,
  since: new Date(start + since * minute),
  ...given,
});

/** A person's update, a number of minutes after `start`. */
export const anUpdate = (
  incident: string,
  at: number,
  given: Partial<UpdateRecord> = {},
): UpdateRecord => ({
  kind: "update",
  incident,
  id: incidentIdOf(start + at * minute, `${incident} ${given.body}`),
  at: start + at * minute,
  status: "identified",
  body: "We know the cause.",
  ...given,
});
