import { removeIntegration } from "#shared/integration/changeIntegration.ts";
import { replaceIntegration } from "#shared/integration/replaceIntegration.ts";
import { memoryDevices } from "../memory/device/devices.ts";
import type { Change, PlannedIntegration } from "./plan.ts";
import { integrationOf, type SimulatedRegion } from "./region.ts";
import { startWorker } from "./worker.ts";

/** Changes of integrations by their owners with the API. Its function can crash, too. */
export const changeIntegrations = ({
  plan,
  start,
  time,
  tables,
  faultInjector,
  trace,
}: SimulatedRegion): void => {
  const add = async (planned: PlannedIntegration): Promise<void> => {
    await tables.integrations.add(integrationOf(planned));
  };
  const change = async (planned: PlannedIntegration, { what }: Change): Promise<void> => {
    const { fleet, id, deadline } = planned;
    trace(() => `the owner of ${id}: ${what}`);
    const worker = startWorker(`owner of ${id}`);
    const integrations = faultInjector.over(worker, "integrations", tables.integrations);
    const deps = { integrations, now: time.now, wait: time.wait };
    if (what === "remove") return removeIntegration({ fleet, id }, deps);
    const found = await integrations.find(fleet, id);
    if (found?.kind !== "Webhook") return;
    const { event, url, requestType, noDefaults, rejectUnauthorized, disabled } = found;
    const settings = { url, requestType, noDefaults, rejectUnauthorized, deadline };
    const input = {
      ...settings,
      integration_type: "Webhook",
      event: what === "rename" ? "a" : event,
      disabled: what === "disable" || (what === "rename" && disabled),
    } as const;
    await replaceIntegration({ fleet, id }, input, { ...deps, devices: memoryDevices() });
  };
  for (const planned of plan.integrations) {
    if (planned.fromMs === 0) void add(planned);
    else time.at(start + planned.fromMs, () => void add(planned));
    for (const one of planned.changes) {
      const failed = (error: Error) =>
        trace(() => `${one.what} of ${planned.id}: ${error.message}`);
      time.at(start + one.atMs, () => void change(planned, one).catch(failed));
    }
  }
};
