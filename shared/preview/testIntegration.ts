import { firstDelivery } from "../delivery/delivery.ts";
import type { DeviceEvent } from "../event/deviceEvent.ts";
import type { SendDeps } from "../integration/kind/kind.ts";
import { kindOf } from "../integration/kind/kinds.ts";
import type { Integration } from "../integration/model/integration.ts";
import {
  classifyFailure,
  classifyResponse,
  type Verdict,
} from "../integration/request/classifyResponse.ts";
import type { FirmwareVersionCache } from "../integration/request/firmwareVersionCache.ts";
import { renderRequest, sendWithinDeadline } from "../integration/request/targetRequest.ts";
import { maskRequest, secretMasks } from "../integration/secret/maskSecrets.ts";
import { Failure } from "../platform/failure.ts";
import type { Post, TargetReply, TargetRequest } from "../target/target.ts";

/** Result of a test request. */
export interface TestResult {
  /** Without secrets. */
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
  token: SendDeps["token"];
  versions: FirmwareVersionCache;
  now: () => number;
}

/**
 * Sends an event to an integration's target once, immediately, also while it is disabled. Nothing
 * is stored, published or retried. Takes at most `furtherRequestMs` + `targetTimeoutMs`. Fails with
 * `invalid_request` if no request can be made.
 */
export const testIntegration = async (
  integration: Integration,
  event: DeviceEvent,
  { post, token, versions, now }: Deps,
): Promise<TestResult> => {
  const begun = now();
  const version = await versions.of(event, integration);
  const input = { id: firstDelivery(event, integration, begun).id, event, version };
  const prepared = { ...input, request: renderRequest(integration, input) };
  const request = maskRequest(integration, prepared.request);
  const masks = secretMasks(integration, { sent: prepared.request });
  try {
    const sendDeps = { sendRequest: sendWithinDeadline(post, now), token, now };
    const reply = await kindOf(integration).send(integration, prepared, sendDeps);
    const { verdict } = classifyResponse(integration, reply);
    return { request, reply: masks.reply(reply), verdict, tookMs: now() - begun };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const verdict = classifyFailure(error);
    return { request, failure: masks.text(error.message), verdict, tookMs: now() - begun };
  }
};
