import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import type { Devices } from "#shared/device/device.ts";
import { findDevice } from "#shared/device/findDevice.ts";
import { lastVitals, listVitals } from "#shared/presence/vitals/listVitals.ts";
import { vitalsMetadata } from "#shared/presence/vitals/metadata.ts";
import type { Vitals, VitalsStore } from "#shared/presence/vitals/vitals.ts";
import type { VitalsBody, vitalsRoutes } from "#shared/routes/vitalsRoutes.ts";
import type { Endpoints, signedIn } from "./api.ts";

interface Deps {
  readonly devices: Pick<Devices, "find" | "findByName">;
  readonly vitals: Pick<VitalsStore, "list">;
  /** Asks a connected device for its vitals. Fails with `device_offline` and `device_timeout`. */
  readonly requestVitals: (caller: Caller, device: string) => Promise<void>;
}

const vitalsView = ({ at, device, payload }: Vitals): VitalsBody => ({
  updated_at: new Date(at).toISOString(),
  deviceID: device,
  payload,
});

/** The endpoints under `/v1/diagnostics`. */
export const vitalsEndpoints = (
  withToken: ReturnType<typeof signedIn>,
  deps: Deps,
): Endpoints<typeof vitalsRoutes> => ({
  requestVitals: withToken(async ({ device }, caller) => {
    const { id } = await findDevice(caller.fleet, device, deps);
    await deps.requestVitals(caller, id);
    return { ok: true };
  }),

  showLastVitals: withToken(async ({ device }, { fleet }) => {
    const { id } = await findDevice(fleet, device, deps);
    return { diagnostics: vitalsView(await lastVitals({ id, fleet }, deps)) };
  }),

  listVitals: withToken(async ({ device, ...wanted }, { fleet }) => {
    const { id } = await findDevice(fleet, device, deps);
    const { vitals, ...rest } = await listVitals({ id, fleet }, wanted, deps);
    return { diagnostics: vitals.map(vitalsView), ...rest };
  }),

  showVitalsMetadata: withToken(async ({ device }, { fleet }) => {
    await findDevice(fleet, device, deps);
    return { diagnostics_metadata: vitalsMetadata };
  }),
});
