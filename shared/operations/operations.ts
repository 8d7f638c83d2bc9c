import type { ActiveAlarm } from "../alarm/alarmStates.ts";
import type { Page } from "../paging/page.ts";
import type { PageWay } from "../paging/selfTest.ts";
import type { Place } from "../status/componentHistory.ts";
import type { ComponentStatus } from "../status/componentStatus.ts";
import type { DrillResult } from "../status/drills/drillResult.ts";
import type { Incident } from "../status/incident.ts";
import type { Unavailable } from "./askSources.ts";
import type { CanaryResult, LedgerBalance, QueueLoad } from "./regionMetrics.ts";

/** A component in a region now. */
export interface ComponentNow extends Place {
  /** Undefined if nothing is known: the alarms of the region did not answer. */
  readonly status: ComponentStatus | undefined;
  readonly since: number | undefined;
}

/** A delivery of a page that failed and is tried again, or was given up. */
export interface FailedDelivery {
  readonly page: Page;
  readonly receiver: string;
  /** Why it was given up; undefined while it is tried again. */
  readonly dead: string | undefined;
  /** The result of the last attempt. */
  readonly result: string | undefined;
}

/** The latest self-test of the pages of a region. */
export interface SelfTestNow {
  readonly region: string;
  /** Absent before the first test. */
  readonly at: number | undefined;
  readonly ways: readonly {
    readonly way: PageWay;
    readonly acknowledgedAt: number | undefined;
    /** Whether nobody acknowledged it in time. */
    readonly isOverdue: boolean;
  }[];
}

/** The last heartbeat that the watcher of a region received from the region that it watches. */
export interface HeartbeatNow {
  readonly from: string;
  readonly by: string;
  readonly at: number | undefined;
  readonly isSilent: boolean;
}

/**
 * The state of a deployment, for its operator. Times are in milliseconds since 1970. What a source
 * would have told that did not answer is `undefined`, or absent for its region.
 */
export interface Operations {
  readonly at: number;
  /** The region that answers. */
  readonly region: string;
  readonly regions: readonly string[];
  /** What needs a person, as sentences; empty for a healthy deployment. */
  readonly problems: readonly string[];
  readonly unavailable: readonly Unavailable[];
  readonly components: readonly ComponentNow[];
  /** The number of firing alarms. */
  readonly firing: number;
  /** The firing alarms, the most severe ones first. */
  readonly alarms: readonly ActiveAlarm[];
  readonly queues: readonly (QueueLoad & { readonly region: string })[];
  readonly ledger: readonly {
    readonly region: string;
    readonly balance: LedgerBalance | undefined;
  }[];
  readonly pages:
    | { readonly open: readonly Page[]; readonly failed: readonly FailedDelivery[] }
    | undefined;
  readonly selfTests: readonly SelfTestNow[] | undefined;
  readonly heartbeats: readonly HeartbeatNow[] | undefined;
  readonly canaries: readonly {
    readonly region: string;
    readonly checks: readonly CanaryResult[];
  }[];
  /** The incidents and maintenances that have not ended. */
  readonly incidents: readonly Incident[] | undefined;
  /** The latest recorded drills, newest first. */
  readonly drills: readonly DrillResult[];
}
