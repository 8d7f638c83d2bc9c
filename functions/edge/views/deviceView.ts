import type { Device } from "#shared/device/device.ts";
import type { AddedDevices } from "#shared/device/fleet/productDevices.ts";
import type { ProvisionedOnce } from "#shared/device/provision/provisionOnce.ts";
import type { RowChange } from "#shared/device/updateDevice.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import { type DeviceState, lastConnectedAt, lastHeardAt } from "#shared/presence/deviceState.ts";
import type { PresenceChange } from "#shared/presence/presenceHistory.ts";
import type { Heartbeat } from "#shared/presence/recovery/findProfile.ts";
import type { SessionRecovery } from "#shared/presence/recovery/sessionRecovery.ts";
import type {
  AddedBody,
  DeviceBody,
  HeartbeatBody,
  ProductDeviceBody,
  ProvisionedBody,
  RecoveryBody,
} from "#shared/routes/deviceRoutes.ts";

/** A time in milliseconds since 1970 in Particle's format; `null` if it is unknown. */
export const isoTime = (ms: number | undefined): string | null =>
  ms === undefined || ms === 0 ? null : new Date(ms).toISOString();

/** A device in Particle's format. Unknown values are `null`. */
export const deviceView = (state: DeviceState, isQuarantined = false): DeviceBody => {
  const { device, presence, sessions, hello } = state;
  const { connected } = presence;
  return {
    id: device.id,
    name: device.name ?? null,
    owner: device.owner ?? null,
    connected,
    online: connected,
    last_heard: isoTime(lastHeardAt(state)),
    last_handshake_at: isoTime(lastConnectedAt(state)),
    last_ip_address: sessions.toSorted((a, b) => b.at - a.at)[0]?.address ?? null,
    last_app: null,
    product_id: device.product ?? null,
    platform_id: null,
    cellular: false,
    notes: device.notes ?? null,
    status: "normal",
    quarantined: isQuarantined,
    serial_number: null,
    iccid: null,
    imei: null,
    mac_wifi: null,
    mobile_secret: null,
    system_firmware_version: null,
    firmware: hello?.firmware ?? null,
    firmware_version: firmwareNumber(hello?.firmware),
    firmware_updates_enabled: null,
    firmware_updates_forced: null,
  };
};

/** The firmware version in Particle's format, a number; `null` if it is not one. */
const firmwareNumber = (firmware: string | undefined): number | null =>
  firmware !== undefined && /^\d{1,9}$/.test(firmware) ? Number(firmware) : null;

/** A device with its functions and variables. */
export const deviceDetails = (state: DeviceState, isQuarantined = false) => ({
  ...deviceView(state, isQuarantined),
  functions: state.hello?.functions ?? [],
  variables: state.hello?.variables ?? {},
});

/** The fields of a device that a request has changed. */
export const changedView = (
  { id, name, notes, groups, development, desiredFirmware }: Device,
  change: RowChange,
) => ({
  id,
  ...(change.name !== undefined && { name: name ?? null }),
  ...(change.notes !== undefined && { notes: notes ?? null }),
  ...(change.groups !== undefined && { groups: groups ?? [] }),
  ...(change.development !== undefined && { development: development ?? false }),
  ...(change.desired_firmware_version !== undefined && {
    desired_firmware_version: desiredFirmware ?? null,
  }),
});

/** The recovery of a session. */
export const recoveryView = ({ device, region, issue, at }: SessionRecovery): RecoveryBody => ({
  id: device,
  region,
  issue,
  at: isoTime(at),
});

/** A connect or a disconnect of a device. */
export const presenceView = ({ at, online, reason, region }: PresenceChange) => ({
  at: new Date(at).toISOString(),
  online,
  ...(reason !== undefined && { reason }),
  region,
});

/**
 * A device of a product, with the fields that Particle's fleet tools read. `target`: the firmware
 * version that it should run.
 */
export const productDeviceView = (
  state: DeviceState,
  isQuarantined = false,
  target?: number,
): ProductDeviceBody => ({
  ...deviceView(state, isQuarantined),
  firmware_product_id: state.device.product ?? null,
  groups: state.device.groups ?? [],
  desired_firmware_version: state.device.desiredFirmware ?? null,
  targeted_firmware_release_version: target ?? null,
  development: state.device.development ?? false,
  denied: false,
});

/**
 * A new device with its credentials and the endpoint of each region. The private key is shown once.
 */
export const provisionedView = (
  { certificate, privateKey, endpoints, issuedAt, expiresAt, isRepeat, ...device }: ProvisionedOnce,
  ca: string,
): ProvisionedBody => ({
  ok: true,
  ...(isRepeat && { repeated: true }),
  id: device.id,
  device_id: device.id,
  name: device.name ?? null,
  fleet: device.fleet,
  product_id: device.product ?? null,
  certificate,
  ...omitUndefined({ private_key: privateKey }),
  ca,
  endpoints,
  certificate_issued_at: isoTime(issuedAt),
  certificate_expires_at: isoTime(expiresAt),
});

/** The result of adding devices to a product, in Particle's format. */
export const addedView = ({ added, existing, refused, invalid }: AddedDevices): AddedBody => ({
  updated: added.length,
  updatedDeviceIds: added,
  existingDeviceIds: existing,
  nonmemberDeviceIds: refused,
  invalidDeviceIds: invalid,
});

/** The heartbeat profile of a device in a region; `undefined`: it was never heard there. */
export const heartbeatView = (found: Heartbeat | undefined, region: string): HeartbeatBody => ({
  region,
  first_heard: timeOf(found?.profile.first),
  last_heard: timeOf(found?.profile.last),
  longest_pause_seconds: secondsOf(found?.longestPause),
  wake_seconds: secondsOf(found?.profile.wake),
  expected_seconds: secondsOf(found?.expectedBy && found.expectedBy - found.profile.last),
  expected_by: timeOf(found?.expectedBy),
  silent_since: timeOf(found?.silentSince),
});

const timeOf = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const secondsOf = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.round(ms / 1_000);
