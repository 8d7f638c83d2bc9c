import { randomBytes } from "node:crypto";
import type { Devices } from "../device/device.ts";
import { findDevice } from "../device/findDevice.ts";
import { Failure } from "../platform/failure.ts";
import type { IntegrationInput } from "./integrationInput.ts";
import type { KindName } from "./kind/kinds.ts";
import { kindOf } from "./kind/kinds.ts";
import { signingSecret } from "./kind/webhookSignature.ts";
import { integrationsPerFleetMax } from "./limits.ts";
import { type Integration, integration as schema } from "./model/integration.ts";
import type { Integrations } from "./model/integrations.ts";
import { integrationsFreshMs } from "./model/limits.ts";

interface Deps {
  integrations: Integrations;
  devices: Devices;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Creates an integration. Returns after every worker of the region uses it (see
 * `integrationsFreshMs`): it matches every event that is published afterwards. Fails with
 * `limit_reached`, and with `not_found` if the fleet lacks the device that it names.
 */
export const addIntegration = async (
  fleet: string,
  { product, ...input }: IntegrationInput & { readonly product?: number | undefined },
  { integrations, devices, now, wait }: Deps,
): Promise<Integration> => {
  const settings = await resolveSettings(fleet, input, { devices });
  const { integrations: others, unreadable } = await integrations.fleetRouting(fleet);
  if (others.length + unreadable.size >= integrationsPerFleetMax) {
    throw new Failure(`a fleet has at most ${integrationsPerFleetMax} integrations`, {
      code: "limit_reached",
    });
  }
  const integration = schema.parse({
    ...settings,
    id: randomBytes(12).toString("hex"),
    fleet,
    product,
    ...(kindOf(settings).signed && { signing: { secret: signingSecret() } }),
    createdAt: new Date(now()).toISOString(),
  });
  await integrations.add(integration);
  await wait(integrationsFreshMs);
  return integration;
};

/**
 * Returns the settings to store: with a default name, and with the device id in place of the
 * device's name. Fails with `not_found` if the fleet lacks the device.
 */
export const resolveSettings = async (
  fleet: string,
  { integration_type: kind, ...input }: IntegrationInput,
  { devices }: { devices: Devices },
): Promise<Omit<IntegrationInput, "integration_type"> & { kind: KindName; name: string }> => {
  const { name = `${input.event} for ${kindOf({ kind }).target(input)}`, deviceID } = input;
  if (deviceID === undefined) return { ...input, kind, name };
  const { id } = await findDevice(fleet, deviceID, { devices });
  return { ...input, kind, name, deviceID: id };
};
