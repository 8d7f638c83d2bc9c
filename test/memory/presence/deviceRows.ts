import type { Devices } from "#shared/device/device.ts";
import type { CertificateStore } from "#shared/device/registry/certificate.ts";
import { omitUndefined } from "#shared/platform/omitUndefined.ts";
import type { DeviceRowsReader } from "#shared/presence/deviceRows.ts";
import type { Sessions } from "#shared/presence/session.ts";

/** The rows of devices from the stores that own them. */
export const memoryDeviceRows = ({
  devices,
  sessions,
  certificates,
}: {
  devices: Pick<Devices, "find">;
  sessions: Pick<Sessions, "find">;
  certificates?: Pick<CertificateStore, "find">;
}): DeviceRowsReader => ({
  read: async (requests) =>
    new Map(
      await Promise.all(
        requests.map(async ({ id, withCertificates }) => {
          const rows = omitUndefined({
            device: await devices.find(id),
            session: await sessions.find(id),
            certificates: withCertificates ? await certificates?.find(id) : undefined,
          });
          return [id, rows] as const;
        }),
      ),
    ),
});
