export { DeviceFirmware } from "../deviceFirmware/deviceFirmware.tsx";
export { Group } from "../groups/group.tsx";
export { Groups } from "../groups/groups.tsx";
export { NewRelease } from "../releases/newRelease.tsx";
export { Release } from "../releases/release.tsx";
export { Releases } from "../releases/releases.tsx";
export { Firmware } from "./firmware.tsx";
export { FirmwareVersion } from "./firmwareVersion.tsx";
