import type { DeviceDetailsBody, ProductDeviceBody } from "../../api/replies.ts";
import { DeviceVitals } from "./deviceVitals.tsx";
import { FirmwareHistory } from "./firmwareHistory.tsx";
import { FirmwareSettings } from "./firmwareSettings.tsx";

interface Props {
  readonly device: DeviceDetailsBody;
  reload(): Promise<void>;
}

const isOfProduct = (device: DeviceDetailsBody): device is ProductDeviceBody =>
  "desired_firmware_version" in device;

/** What the screen of a device shows of its firmware, its groups and its vitals. */
export const DeviceFirmware = ({ device, reload }: Props) => (
  <div class="columns">
    {isOfProduct(device) && (
      <>
        <FirmwareSettings device={device} reload={reload} />
        <FirmwareHistory device={device.id} />
      </>
    )}
    <DeviceVitals device={device.id} />
  </div>
);
