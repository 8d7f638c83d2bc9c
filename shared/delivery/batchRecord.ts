import type { Integration } from "../integration/model/integration.ts";
import { maskRequest, secretMasks } from "../integration/secret/maskSecrets.ts";
import { type Attempt, emptyRecord, type LedgerRecord, type Outcome } from "../ledger/record.ts";
import { omitUndefined } from "../platform/omitUndefined.ts";
import type { TargetReply, TargetRequest } from "../target/target.ts";
import type { Delivery } from "./delivery.ts";
import {
  attemptBodyCharsMax,
  attemptHeaderCharsMax,
  attemptHeadersMax,
  attemptUrlCharsMax,
  reasonCharsMax,
} from "./limits.ts";

/** What becomes of the deliveries of a batch, collected as it happens. */
export interface BatchRecord {
  /** Of what is said of a delivery the last counts. One that waits is due at a time. */
  recordOutcome(delivery: Delivery, state: Outcome["state"], due?: number): void;
  recordAttempt(delivery: Delivery, integration: Integration, ending: AttemptDetails): void;
  /** All of it, once the batch is done. */
  record(): LedgerRecord;
}

interface Deps {
  now: () => number;
  /** Whether one more attempt of an integration is told in full. */
  wanted: (integration: string, ok: boolean) => boolean;
}

/** Begins the record of a batch. */
export const batchRecord = ({ now, wanted }: Deps): BatchRecord => {
  const outcomes = new Map<string, Outcome>();
  const attempts = new Map<string, Attempt>();
  return {
    recordOutcome({ id, integration, event, acceptedAt, attempts: failed }, state, due) {
      // One from before the ledger is in no plan.
      if (acceptedAt === undefined) return;
      const known = { event: event.id, acceptedAt, integration, at: now(), state, failed };
      outcomes.set(id, { ...known, ...omitUndefined({ due }) });
    },

    recordAttempt(delivery, integration, ending) {
      if (!wanted(integration.id, ending.ok)) return;
      attempts.set(delivery.id, maskedAttempt(delivery, integration, ending));
    },

    record: () => ({
      ...emptyRecord,
      outcomes: [...outcomes.values()],
      attempts: [...attempts.entries()].map(([id, attempt]) => {
        const next = outcomes.get(id)?.due;
        return next === undefined ? attempt : { ...attempt, next };
      }),
    }),
  };
};

/** How an attempt ended. */
export interface AttemptDetails {
  /** When it began, in milliseconds since 1970. */
  readonly begun: number;
  readonly tookMs: number;
  readonly ok: boolean;
  /** Absent when no request could be made. */
  readonly request?: TargetRequest;
  readonly reply?: TargetReply;
  /** Why it failed. */
  readonly reason: string;
}

/**
 * An attempt as it may be shown: the request as it is without its secrets, and of what the target answered nothing that is
 * one of them. Cut to what is shown.
 */
export const maskedAttempt = (
  { id, event, attempts }: Delivery,
  integration: Integration,
  { begun, tookMs, ok, request, reply, reason }: AttemptDetails,
): Attempt => {
  const masks = secretMasks(integration, { sent: request });
  return {
    integration: integration.id,
    delivery: id,
    event: { id: event.id, name: event.name, device: event.device },
    number: attempts + 1,
    at: begun,
    tookMs,
    ok,
    ...(!ok && { reason: masks.text(reason).slice(0, reasonCharsMax) }),
    ...(request && { request: cutRequest(maskRequest(integration, request)) }),
    ...(reply && { reply: cutReply(masks.reply(reply)) }),
  };
};

const cutReply = ({ status, contentType, retryAfter, body }: TargetReply): Attempt["reply"] => ({
  status,
  ...(contentType !== undefined && { contentType: contentType.slice(0, attemptHeaderCharsMax) }),
  ...(retryAfter !== undefined && { retryAfter: retryAfter.slice(0, attemptHeaderCharsMax) }),
  body: body.slice(0, attemptBodyCharsMax),
});

const cutRequest = ({ method, url, headers, body }: TargetRequest): Attempt["request"] => ({
  method,
  url: url.slice(0, attemptUrlCharsMax),
  headers: Object.fromEntries(
    Object.entries(headers)
      .slice(0, attemptHeadersMax)
      .map(([name, value]) => [name, value.slice(0, attemptHeaderCharsMax)]),
  ),
  ...(body !== undefined && { body: body.slice(0, attemptBodyCharsMax) }),
});
