import { randomBytes } from "node:crypto";
import { findDevice } from "../device/findDevice.ts";
import { Failure } from "../failure.ts";
import { integrationsFreshMs, integrationsPerFleetMax } from "../limits.ts";
import type { Devices, Integrations } from "../ports.ts";
import { type Integration, integration as schema } from "./integration.ts";
import type { IntegrationInput } from "./integrationInput.ts";
import { kindOf } from "./kindOf.ts";
import { signingSecret } from "./signingSecret.ts";

interface Needs {
  integrations: Integrations;
  devices: Devices;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Makes an integration, of a product where one is named. It answers when every worker of the region goes by it (see `integrationsFreshMs`):
 * an event that is published after the answer is matched. Fails with `limit_reached`, and with `not_found`
 * when it names a device that the fleet does not have.
 */
export const addIntegration = async (
  fleet: string,
  input: IntegrationInput & { readonly product?: number | undefined },
  { integrations, devices, now, wait }: Needs,
): Promise<Integration> => {
  if (input.deviceID !== undefined) await findDevice(fleet, input.deviceID, { devices });
  if ((await integrations.list(fleet)).length >= integrationsPerFleetMax) {
    throw new Failure(`a fleet has at most ${integrationsPerFleetMax} integrations`, {
      code: "limit_reached",
    });
  }
  const { integration_type: kind, ...settings } = input;
  const { target, signed } = kindOf({ kind });
  const integration = schema.parse({
    ...settings,
    kind,
    id: randomBytes(12).toString("hex"),
    fleet,
    name: input.name ?? `${input.event} for ${target(input)}`,
    ...(signed && { signing: { secret: signingSecret() } }),
    createdAt: new Date(now()).toISOString(),
  });
  await integrations.add(integration);
  await wait(integrationsFreshMs);
  return integration;
};
