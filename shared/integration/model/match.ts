import type { DeviceEvent } from "../../event/deviceEvent.ts";
import { cloudPublisher } from "../../platform/topic.ts";
import type { IntegrationMatcher } from "./integration.ts";

/** `hook-sent/…`, `hook-response/…` and `hook-error/…`, also behind a device's id as products have them. */
const hookEvent = /^(?:[0-9a-f]{24}\/)?hook-(?:sent|response|error)\//;

/** What the cloud says of integrations that fail and of devices that are ill. No response event is called so: those end with a number. */
const news = /^(?:integration\/(?:failing|disabled)|device\/(?:silent|recovered))$/;

/**
 * Whether an event was made by an integration, whatever it is called. Such events trigger none, or two could
 * feed each other.
 */
export const isHookEvent = ({ name, device }: Pick<DeviceEvent, "name" | "device">): boolean =>
  hookEvent.test(name) || (device === cloudPublisher && !news.test(name));

/** The integrations of a fleet that an event goes to: a case-sensitive prefix, and a device if one is named. */
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
