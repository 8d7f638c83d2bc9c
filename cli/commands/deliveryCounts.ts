import type { Column } from "../terminal/table.ts";

/** Deliveries by outcome. */
export interface DeliveryCounts {
  readonly deliveries: number;
  readonly delivered: number;
  readonly failed_attempts: number;
  readonly waiting: number;
  readonly dead: number;
  readonly discarded: number;
  readonly missing: number;
}

const redIfAny = (count: number): "red" | undefined => (count > 0 ? "red" : undefined);

export const deliveryColumns: readonly Column<DeliveryCounts>[] = [
  { title: "DELIVERIES", of: ({ deliveries }) => deliveries, align: "right" },
  { title: "DELIVERED", of: ({ delivered }) => delivered, align: "right" },
  { title: "FAILED ATTEMPTS", of: (row) => row.failed_attempts, align: "right" },
  { title: "WAITING", of: ({ waiting }) => waiting, align: "right" },
  { title: "DEAD", of: ({ dead }) => dead, align: "right", color: ({ dead }) => redIfAny(dead) },
  { title: "DISCARDED", of: ({ discarded }) => discarded, align: "right" },
  {
    title: "MISSING",
    of: ({ missing }) => missing,
    align: "right",
    color: ({ missing }) => redIfAny(missing),
  },
];
