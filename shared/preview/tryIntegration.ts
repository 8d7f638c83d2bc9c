import { firstDelivery } from "../delivery/delivery.ts";
import type { DeviceEvent } from "../event/deviceEvent.ts";
import type { Means } from "../integration/kind/kind.ts";
import { kindOf } from "../integration/kind/kinds.ts";
import type { Integration } from "../integration/model/integration.ts";
import { judgeFailure, judgeReply, type Verdict } from "../integration/request/classifyResponse.ts";
import type { ProductVersions } from "../integration/request/productVersions.ts";
import { askInTime, makeRequest } from "../integration/request/targetRequest.ts";
import { masksOf, showRequest } from "../integration/secret/maskSecrets.ts";
import { Failure } from "../platform/failure.ts";
import type { Post, TargetReply, TargetRequest } from "../target/target.ts";

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

interface Deps {
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
  { post, token, versions, now }: Deps,
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
