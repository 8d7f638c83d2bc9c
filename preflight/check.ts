import type { Aws } from "./aws.ts";
import type { Quotas } from "./quotas.ts";
import type { RegionRequirements } from "./requirements.ts";
import type { Finding } from "./row.ts";

/** The fleet that the quotas of IoT Core are compared with. */
export interface Load {
  readonly devices: number | undefined;
  readonly eventsPerSecond: number | undefined;
}

export interface CheckDeps {
  readonly aws: Aws;
  readonly requirements: RegionRequirements;
  readonly quotas: Quotas;
  readonly load: Load;
  /** The account that the credentials belong to. */
  readonly account: string;
  /** Aborts the requests of the check. */
  readonly signal: AbortSignal;
}

/** Reads something from AWS and compares it with what the templates need. It changes nothing. */
export type Check = (deps: CheckDeps) => Promise<Finding[]>;
