import type { Device } from "../../device/device.ts";
import { isInGroups } from "../../device/group/isInGroups.ts";
import { type DeviceState, stateFromSessions } from "../deviceState.ts";
import type { Session, Sessions } from "../session.ts";
import type { DeviceListQuery } from "./listQuery.ts";

/** Whether a device's row matches a list. Devices have no serial numbers here. */
export const matchesRow = (
  { deviceId, deviceName, serialNumber, groups, search }: DeviceListQuery,
  device: Device,
): boolean => {
  const { id, name = "" } = device;
  const [lowerName, wanted] = [name.toLowerCase(), search.toLowerCase()];
  return (
    serialNumber === "" &&
    isInGroups(device, groups) &&
    id.includes(deviceId.toLowerCase()) &&
    lowerName.includes(deviceName.toLowerCase()) &&
    (id.includes(wanted) || lowerName.includes(wanted))
  );
};

/** Whether a device's sessions match a list. */
export const matchesState = (
  { online, firmware }: DeviceListQuery,
  { presence, hello }: DeviceState,
): boolean =>
  (online === undefined || presence.connected === online) &&
  (firmware === undefined || hello?.firmware === firmware);

/** Whether a filter of a list needs sessions. */
export const filtersStates = ({ online, firmware }: DeviceListQuery): boolean =>
  online !== undefined || firmware !== undefined;

/** Whether a filter of a list needs rows of devices. */
export const filtersRows = (query: DeviceListQuery): boolean =>
  [query.deviceId, query.deviceName, query.serialNumber, query.groups, query.search].some(
    (text) => text !== "",
  );

/** The states of devices by their stored sessions, in their order. */
export const readStates = async (
  devices: readonly Device[],
  { sessions }: { sessions: Pick<Sessions, "list"> },
): Promise<DeviceState[]> => {
  if (devices.length === 0) return [];
  const found = await sessions.list(devices.map(({ id }) => id));
  const byDevice = Map.groupBy(found, (one: Session) => one.device);
  return devices.map((device) => stateFromSessions(device, byDevice.get(device.id) ?? []));
};
