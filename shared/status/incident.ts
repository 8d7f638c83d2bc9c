import type { Component } from "../alarm/component.ts";
import type { ComponentStatus } from "./componentStatus.ts";
import type { Affected, Impact, IncidentStatus, MaintenanceStatus } from "./incidentRecord.ts";

/** An incident or a maintenance as its readers see it. Times are in milliseconds since 1970. */
export interface Incident {
  readonly id: string;
  readonly type: "incident" | "maintenance";
  readonly name: string;
  readonly status: IncidentStatus | MaintenanceStatus;
  readonly impact: Impact;
  /** Whether an alarm opened it. */
  readonly isAutomatic: boolean;
  readonly startedAt: number;
  /** When its first alarm started, and when a page first showed it. */
  readonly detectedAt: number | undefined;
  readonly shownAt: number | undefined;
  readonly monitoringAt: number | undefined;
  readonly resolvedAt: number | undefined;
  readonly updatedAt: number;
  readonly scheduledFor: number | undefined;
  readonly scheduledUntil: number | undefined;
  /** Every component that it affects or has affected, with its status by this incident now. */
  readonly affected: readonly Affected[];
  /** Its alarms that fire now, with their regions. */
  readonly alarms: readonly FiringAlarm[];
  /** Oldest first. */
  readonly updates: readonly IncidentUpdate[];
  /** The components that it affects since each time, oldest first. Used for the uptime. */
  readonly states: readonly IncidentState[];
  /** Markdown, not trusted. */
  readonly postmortem: { readonly at: number; readonly body: string } | undefined;
  /** The incidents that this one continues. They are not listed. */
  readonly merged: readonly string[];
}

export interface FiringAlarm {
  readonly name: string;
  readonly region: string;
  readonly sentence: string;
  readonly since: number;
}

export interface IncidentUpdate {
  readonly id: string;
  readonly at: number;
  readonly status: IncidentStatus | MaintenanceStatus;
  /** Plain text, not trusted. */
  readonly body: string;
  /** The components that the incident affects before or after the update. */
  readonly changes: readonly ComponentChange[];
  readonly isAutomatic: boolean;
}

export interface ComponentChange {
  readonly component: Component;
  readonly region: string;
  readonly from: ComponentStatus;
  readonly to: ComponentStatus;
}

export interface IncidentState {
  readonly at: number;
  readonly affected: readonly Affected[];
}

/** Whether it has not ended. A maintenance that has not begun is open. */
export const isOpen = ({ status }: Pick<Incident, "status">): boolean =>
  status !== "resolved" && status !== "postmortem" && status !== "completed";

/** Whether a maintenance is under way. */
export const isInProgress = ({ status }: Pick<Incident, "status">): boolean =>
  status === "in_progress" || status === "verifying";
