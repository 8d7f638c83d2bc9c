import type { Integration } from "../integration/integration.ts";
import type { DeviceEvent } from "./deviceEvent.ts";

/** `hook-sent/…`, `hook-response/…` and `hook-error/…`, also behind a device's id as products have them. */
const hookEvent = /^(?:[0-9a-f]{24}\/)?hook-(?:sent|response|error)\//;

/** Whether an event was made by an integration. Such events trigger none, or two could feed each other. */
export const isHookEvent = (name: string): boolean => hookEvent.test(name);

/** The integrations of a fleet that an event goes to: a case-sensitive prefix, and a device if one is named. */
export const matching = (
  integrations: readonly Integration[],
  { name, device }: Pick<DeviceEvent, "name" | "device">,
): Integration[] =>
  isHookEvent(name)
    ? []
    : integrations.filter(
        ({ event, deviceID, disabled }) =>
          !disabled && name.startsWith(event) && (deviceID === undefined || deviceID === device),
      );
