import type { DeviceEvent } from "../../event/deviceEvent.ts";
import { cloudPublisher } from "../../platform/topic.ts";
import type { IntegrationMatcher } from "./integration.ts";

/**
 * `hook-sent/…`, `hook-response/…` and `hook-error/…`, with a device id before them in products.
 */
const hookEvent = /^(?:[0-9a-f]{24}\/)?hook-(?:sent|response|error)\//;

/**
 * Events of the cloud that may trigger integrations. Response events never have these names: theirs
 * end in a number. `device/healed` is the former name of `device/recovered`, in archived events.
 */
const cloudEvents =
  /^(?:integration\/(?:failing|disabled)|device\/silent|usage\/notice|device\/recovered|device\/healed)$/;

/**
 * Whether an event was published by an integration, whatever its name. Such events trigger no
 * integrations, to prevent loops.
 */
export const isHookEvent = ({ name, device }: Pick<DeviceEvent, "name" | "device">): boolean =>
  hookEvent.test(name) || (device === cloudPublisher && !cloudEvents.test(name));

/**
 * Returns the enabled integrations that match an event: by a case-sensitive name prefix, and by
 * device if they name one.
 */
export const matching = <One extends IntegrationMatcher>(
  integrations: readonly One[],
  published: Pick<DeviceEvent, "name" | "device">,
): One[] => {
  const { name, device } = published;
  return isHookEvent(published)
    ? []
    : integrations.filter(
        ({ event, deviceID, disabled }) =>
          !disabled && name.startsWith(event) && (deviceID === undefined || deviceID === device),
      );
};
