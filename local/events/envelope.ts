import type { BusEvent } from "./eventBus.ts";

/**
 * An event as rules match it and targets receive it.
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 */
export interface Envelope {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": string;
  readonly source: string;
  readonly account: string;
  /** In seconds: `2026-01-02T03:04:05Z`. */
  readonly time: string;
  /** The region of the event, also on the bus of another region. */
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

export const envelope = (
  { source, detailType, detail, resources, time }: BusEvent,
  { region, account }: { region: string; account: string },
): Envelope => ({
  version: "0",
  id: crypto.randomUUID(),
  "detail-type": detailType,
  source,
  account,
  time: `${time.toISOString().slice(0, 19)}Z`,
  region,
  resources,
  detail,
});
