import type { LedgerSum } from "../../ledger/ports.ts";
import { concernNamedMax } from "../limits.ts";
import { type Concern, isConcerned } from "./concern.ts";

const isoTime = (ms: number): string => new Date(ms).toISOString();

const countsBody = (counts: LedgerSum) => ({
  accepted: counts.matched,
  delivered: counts.delivered,
  late: counts.late,
  pending: counts.waiting,
  dead_lettered: counts.dead,
  discarded: counts.discarded,
  missing: counts.missing,
  failed_attempts: counts.failed,
});

/** The answer to "does it concern me?", in the format of the API. */
export const concernBody = (concern: Concern) => {
  const { counts, devices, integrations } = concern;
  return {
    from: isoTime(concern.from),
    to: isoTime(concern.to),
    concerned: isConcerned(concern),
    balanced: concern.isBalanced,
    balanced_at: concern.balancedAt === undefined ? null : isoTime(concern.balancedAt),
    provisional: concern.isProvisional,
    deliveries: countsBody(counts),
    missing_deliveries: [...counts.missingIds],
    integrations_checked: concern.checked,
    integrations: integrations.map((one) => ({
      id: one.id,
      event: one.event ?? null,
      ...countsBody(one.counts),
      settled_at: one.counts.settledAt === 0 ? null : isoTime(one.counts.settledAt),
    })),
    devices: {
      checked: devices.checked,
      complete: devices.isComplete,
      disconnected: devices.disconnected.length,
      reconnected: devices.reconnected.length,
      disconnected_ids: devices.disconnected.slice(0, concernNamedMax),
      reconnected_ids: devices.reconnected.slice(0, concernNamedMax),
    },
  };
};

export type ConcernBody = ReturnType<typeof concernBody>;

/** Integrations in a text; the JSON has all. */
const integrationsInTextMax = 20;

/** The numbers of a concern as lines of text, for a mail and as Markdown. */
export const concernLines = (body: ConcernBody): string[] => {
  const { deliveries: all, devices } = body;
  const numbers = [
    `- Deliveries accepted: ${all.accepted}`,
    `- Delivered: ${all.delivered}, of these late: ${all.late}`,
    `- Pending: ${all.pending}`,
    `- Dead-lettered: ${all.dead_lettered}`,
    `- Missing: ${all.missing}`,
    `- Devices offline since then: ${devices.disconnected}; connected again: ${devices.reconnected} (of ${devices.checked} checked)`,
  ];
  const balance = body.balanced
    ? `The deliveries balanced${body.balanced_at === null ? "" : ` at ${body.balanced_at}`}.`
    : "The deliveries do not balance yet.";
  return [
    `Events received from ${body.from} to ${body.to}:`,
    "",
    ...numbers,
    "",
    `${balance}${body.provisional ? " The numbers are provisional." : ""}`,
    "",
    ...body.integrations
      .slice(0, integrationsInTextMax)
      .map(
        (one) =>
          `- Integration ${one.id}${one.event === null ? "" : ` (${one.event})`}: ${one.accepted} accepted, ${one.late} late, ${one.pending} pending, ${one.dead_lettered} dead-lettered, ${one.missing} missing`,
      ),
  ];
};
