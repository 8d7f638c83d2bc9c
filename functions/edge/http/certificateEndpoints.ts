import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { Device, Devices } from "#shared/device/device.ts";
import type { DeviceLink } from "#shared/device/deviceLink.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { findEndpoints } from "#shared/device/provision/endpoints.ts";
import type { CertificateStore } from "#shared/device/registry/certificate.ts";
import { revokeCertificates } from "#shared/device/registry/changeCertificates.ts";
import type { Provisioning, Registries } from "#shared/device/registry/registry.ts";
import {
  confirmCertificate,
  type RotationDeps,
  rotateCertificate,
} from "#shared/device/registry/rotateCertificate.ts";
import type { certificateRoutes } from "#shared/routes/certificateRoutes.ts";
import {
  certificateChangeView,
  certificateRecordView,
  rotatedView,
} from "../views/certificateView.ts";
import type { Endpoints, signedIn } from "./api.ts";

interface Deps extends RotationDeps {
  readonly devices: Devices;
  readonly certificates: CertificateStore;
  readonly registries: Registries<"align" | "issue" | "endpoint">;
  readonly links: readonly DeviceLink[];
  readonly provisioning: Pick<Provisioning, "endpoint">;
  readonly ca: string;
  /**
   * Asks a connected device to renew its certificate. Fails with `device_offline` and
   * `device_timeout`.
   */
  readonly requestRotation: (caller: Caller, device: string) => Promise<void>;
}

/** The endpoints under `/v1/devices/{device}/certificate`. */
export const certificateEndpoints = (
  withToken: ReturnType<typeof signedIn>,
  deps: Deps,
): Endpoints<typeof certificateRoutes> => {
  const { devices, certificates, now } = deps;
  const find = (fleet: string, idOrName: string): Promise<Device> =>
    findDevice(fleet, idOrName, { devices });
  return {
    showCertificate: withToken(async ({ device }, { fleet }) => {
      const { id } = await find(fleet, device);
      const record = await certificates.find(id);
      return { id, certificate: certificateRecordView(record, now()) };
    }),

    rotateCertificate: withToken(async ({ device: idOrName, ...wanted }, caller) => {
      const device = await find(caller.fleet, idOrName);
      if (wanted.by === "device") {
        await deps.requestRotation(caller, device.id);
        return { ok: true, id: device.id, asked: true };
      }
      const rotated = await rotateCertificate(device, wanted, deps);
      const endpoints = await findEndpoints(deps.registries, deps);
      return rotatedView(device, rotated, { ca: deps.ca, endpoints, now: now() });
    }),

    confirmCertificate: withToken(async ({ device: idOrName }, { fleet }) => {
      const device = await find(fleet, idOrName);
      return certificateChangeView(device.id, await confirmCertificate(device, deps), now());
    }),

    revokeCertificate: withToken(async ({ device: idOrName, plan: isPlan }, { fleet }) => {
      const device = await find(fleet, idOrName);
      if (!isPlan) {
        return certificateChangeView(device.id, await revokeCertificates(device, deps), now());
      }
      const record = await certificates.find(device.id);
      const ids = [record?.current?.id, record?.next?.id].filter((id) => id !== undefined);
      const regions = deps.registries.map(({ region }) => region);
      return { plan: true, id: device.id, certificates: ids, regions, can_be_undone: false };
    }),
  };
};
