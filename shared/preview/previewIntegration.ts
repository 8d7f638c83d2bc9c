import { firstDelivery } from "../delivery/delivery.ts";
import type { DeviceEvent } from "../event/deviceEvent.ts";
import type { RenderInput } from "../integration/kind/kind.ts";
import type { Integration } from "../integration/model/integration.ts";
import { matching } from "../integration/model/match.ts";
import type { FirmwareVersionCache } from "../integration/request/firmwareVersionCache.ts";
import { renderRequest } from "../integration/request/targetRequest.ts";
import { maskRequest } from "../integration/secret/maskSecrets.ts";
import { Failure } from "../platform/failure.ts";
import type { TargetRequest } from "../target/target.ts";
import { previewCharsMax } from "./limits.ts";

/** What an integration would make of an event. */
export interface EventPreview {
  readonly event: DeviceEvent;
  readonly matches: boolean;
  /** Of an event that matches. */
  readonly request?: TargetRequest;
  /** Why there is no request: it would fail each time. */
  readonly failure?: string;
}

interface PreviewOptions {
  /** The settings that whoever looks has said. */
  readonly given: readonly string[];
  readonly stored: boolean;
  readonly versions: FirmwareVersionCache;
}

/** An id that an integration without one cannot have: it stands for what its deliveries' ids will be. */
const unknownId = "msg_(made of the event and the integration)";

/**
 * What an integration would send for each of some events, also while it is disabled; nothing is sent. Secrets
 * are hidden but those `given`. What does not fit into an answer is left out; fails with `too_large` when that is all.
 */
export const previewIntegration = async (
  integration: Integration,
  events: readonly DeviceEvent[],
  { given, stored, versions }: PreviewOptions,
): Promise<EventPreview[]> => {
  const shown: EventPreview[] = [];
  let chars = 0;
  for (const event of events) {
    const id = stored ? firstDelivery(event, integration, 0).id : unknownId;
    const version = await versions.of(event, integration);
    const one = previewOne(integration, { event, id, version }, given);
    chars += JSON.stringify(one).length;
    if (chars > previewCharsMax) break;
    shown.push(one);
  }
  if (shown.length === 0 && events.length > 0) {
    throw new Failure("the request is too large to be shown", { code: "too_large" });
  }
  return shown;
};

const previewOne = (
  integration: Integration,
  input: RenderInput,
  given: readonly string[],
): EventPreview => {
  const { event } = input;
  const matches = matching([{ ...integration, disabled: false }], event).length > 0;
  if (!matches) return { event, matches };
  try {
    const request = renderRequest(integration, input);
    return { event, matches, request: maskRequest(integration, request, given) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { event, matches, failure: error.message };
  }
};
