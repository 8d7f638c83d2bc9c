export { Group } from "../groups/group.tsx";
export { Groups } from "../groups/groups.tsx";
export { Firmware } from "./firmware.tsx";
export { FirmwareVersion } from "./firmwareVersion.tsx";
