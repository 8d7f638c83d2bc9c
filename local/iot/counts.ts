import { billedBytes } from "./limits.ts";

/** Billable operations by kind, since the start. Payloads count in units of 5 KB. */
export interface Counts {
  connects: number;
  subscribes: number;
  /** Incoming messages of devices, wills and the HTTP `Publish`. */
  publishesIn: number;
  /** Incoming messages by basic ingest, which has no message charge. */
  basicIngests: number;
  /** Messages sent to subscribers. */
  deliveriesOut: number;
  /** PUBACKs of devices: billed, unlike those of the broker. */
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

/** Number of billed messages of a payload of this size. */
export const billedMessages = (bytes: number): number =>
  Math.max(1, Math.ceil(bytes / billedBytes));
