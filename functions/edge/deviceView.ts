import type { Device } from "#shared/device/device.ts";
import type { Presence } from "#shared/ports.ts";

/** A device as Particle's clients expect it; what we do not know is `null`. */
export const deviceView = (
  { id, name, owner }: Device,
  { connected, since }: Presence,
): object => ({
  id,
  name,
  owner,
  connected,
  online: connected,
  last_heard: null,
  last_handshake_at: since === undefined ? null : new Date(since).toISOString(),
  last_ip_address: null,
  last_app: null,
  product_id: null,
  platform_id: null,
  cellular: false,
  notes: null,
  status: "normal",
  serial_number: null,
  iccid: null,
  imei: null,
  mac_wifi: null,
  mobile_secret: null,
  system_firmware_version: null,
  firmware_updates_enabled: null,
  firmware_updates_forced: null,
});
