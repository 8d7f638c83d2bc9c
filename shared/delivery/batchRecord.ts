import type { Integration } from "../integration/model/integration.ts";
import { describeAuthHeaders, secretMasks } from "../integration/secret/maskSecrets.ts";
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

/** Collects the outcomes of a batch of deliveries for the ledger. */
export interface BatchRecord {
  /**
   * Records the outcome of a delivery; the last call wins. `due` is the time of the next attempt.
   */
  recordOutcome(delivery: Delivery, state: Outcome["state"], due?: number): void;
  recordAttempt(delivery: Delivery, integration: Integration, ending: AttemptDetails): void;
  /** Returns the record. Call it once, after the batch. */
  record(): LedgerRecord;
}

interface Deps {
  now: () => number;
  /** Whether to include the details of one more attempt of an integration (sampling). */
  wanted: (integration: string, ok: boolean) => boolean;
}

/** Creates an empty record for a batch. */
export const batchRecord = ({ now, wanted }: Deps): BatchRecord => {
  const outcomes = new Map<string, Outcome>();
  const attempts = new Map<string, Attempt>();
  return {
    recordOutcome({ id, integration, event, acceptedAt, attempts: failed }, state, due) {
      // Deliveries from before the ledger existed are in no plan.
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

/** Details of an attempt for the ledger and the attempt log. */
export interface AttemptDetails {
  /** When it started, in milliseconds since 1970. */
  readonly begun: number;
  readonly tookMs: number;
  readonly ok: boolean;
  /** Absent if no request could be made. */
  readonly request?: TargetRequest;
  readonly reply?: TargetReply;
  /** Why it failed. */
  readonly reason: string;
}

/**
 * Returns an attempt for display: without the integration's secrets in the request and the reply,
 * and truncated to the display limits.
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
    ...(request && {
      request: cutRequest(describeAuthHeaders(integration, masks.request(request))),
    }),
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
