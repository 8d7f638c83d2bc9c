import { billedBytes } from "./limits.ts";

/** Operations that AWS bills, by kind, since the start. Payloads count in units of 5 KB. */
export interface Counts {
  connects: number;
  subscribes: number;
  /** Messages that came in to the broker, from devices, wills and the HTTP `Publish`. */
  publishesIn: number;
  /** Messages that came in by basic ingest, which the broker does not bill. */
  basicIngests: number;
  /** Messages that went out to subscribers. */
  deliveriesOut: number;
  /** Acknowledgements that devices sent: billed, unlike those of the broker. */
  deviceAcks: number;
  directMessages: number;
  rulesTriggered: number;
  ruleActions: number;
}

export const newCounts = (): Counts => ({
  connects: 0,
  subscribes: 0,
  publishesIn: 0,
  basicIngests: 0,
  deliveriesOut: 0,
  deviceAcks: 0,
  directMessages: 0,
  rulesTriggered: 0,
  ruleActions: 0,
});

/** How many messages a payload of this size is billed as. */
export const billedMessages = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / billedBytes));
