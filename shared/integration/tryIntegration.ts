import type { DeviceEvent } from "../event/deviceEvent.ts";
import { Failure } from "../failure.ts";
import type { Post } from "../ports.ts";
import { askInTime } from "./askInTime.ts";
import { firstDelivery } from "./delivery.ts";
import type { Integration } from "./integration.ts";
import { judgeFailure, type Verdict } from "./judge.ts";
import { judgeReply } from "./judgeReply.ts";
import type { Means } from "./kind.ts";
import { kindOf } from "./kindOf.ts";
import { makeRequest } from "./makeRequest.ts";
import { masksOf } from "./maskSecrets.ts";
import type { ProductVersions } from "./productVersions.ts";
import { showRequest } from "./showRequest.ts";
import type { TargetReply, TargetRequest } from "./target.ts";

/** What came of one request. */
export interface Tried {
  /** Without its secrets. */
  readonly request: TargetRequest;
  /** Without secrets that the target repeats. */
  readonly reply?: TargetReply;
  /** Why there is no reply. */
  readonly failure?: string;
  readonly verdict: Verdict;
  readonly tookMs: number;
}

interface Needs {
  post: Post;
  token: Means["token"];
  versions: ProductVersions;
  now: () => number;
}

/**
 * Sends an event to an integration's target at once and once, also while it is disabled. Nothing of it is stored, told or tried
 * again. Takes `furtherRequestMs` + `targetTimeoutMs` at most. Fails with `invalid_request` when a template cannot be used.
 */
export const tryIntegration = async (
  integration: Integration,
  event: DeviceEvent,
  { post, token, versions, now }: Needs,
): Promise<Tried> => {
  const begun = now();
  const version = await versions.of(event, integration);
  const sending = { id: firstDelivery(event, integration, begun).id, event, version };
  const prepared = { ...sending, request: makeRequest(integration, sending) };
  const request = showRequest(integration, prepared.request);
  const masks = masksOf(integration, { sent: prepared.request });
  try {
    const means = { ask: askInTime(post, now), token, now };
    const reply = await kindOf(integration).send(integration, prepared, means);
    const { verdict } = judgeReply(integration, reply);
    return { request, reply: masks.reply(reply), verdict, tookMs: now() - begun };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const verdict = judgeFailure(error);
    return { request, failure: masks.text(error.message), verdict, tookMs: now() - begun };
  }
};
