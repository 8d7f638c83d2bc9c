import type { DeviceLink } from "../../device/deviceLink.ts";

/** No device has this id. */
const noDevice = "0".repeat(24);

/**
 * Whether the broker of a region answers. It is asked for the connection of a device that does not
 * exist: without an answer, the presence of no device is known.
 */
export const probeBroker = async (
  link: Pick<DeviceLink, "presence">,
  onError: (what: string, error: unknown) => void,
): Promise<boolean> => {
  try {
    await link.presence(noDevice);
    return true;
  } catch (error) {
    onError("the broker does not answer", error);
    return false;
  }
};
