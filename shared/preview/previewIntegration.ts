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

/** The request that an integration would send for an event. */
export interface EventPreview {
  readonly event: DeviceEvent;
  readonly matches: boolean;
  /** Only for an event that matches. */
  readonly request?: TargetRequest;
  /** Why no request can be made; a delivery would be dead-lettered. */
  readonly failure?: string;
}

interface PreviewOptions {
  /** Settings that the caller has just sent: their secrets are shown. */
  readonly given: readonly string[];
  readonly stored: boolean;
  readonly versions: FirmwareVersionCache;
}

/** Placeholder for the delivery id of an integration that is not stored. */
const unknownId = "msg_(made of the event and the integration)";

/**
 * Renders the requests that an integration would send for some events, also while it is disabled.
 * Sends nothing. Masks secrets except those `given`. Omits requests that exceed `previewCharsMax`
 * in total; fails with `too_large` if that is all of them.
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
    throw new Failure("the request is too large to show", { code: "too_large" });
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
