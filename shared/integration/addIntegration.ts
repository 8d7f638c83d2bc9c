import { randomBytes } from "node:crypto";
import { findDevice } from "../device/findDevice.ts";
import { Failure } from "../failure.ts";
import { integrationsFreshMs, integrationsPerFleetMax } from "../limits.ts";
import type { Devices, Integrations } from "../ports.ts";
import type { Integration } from "./integration.ts";
import type { IntegrationInput } from "./integrationInput.ts";

interface Needs {
  integrations: Integrations;
  devices: Devices;
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

/**
 * Makes an integration. It answers when every worker of the region goes by it (see `integrationsFreshMs`):
 * an event that is published after the answer is matched. Fails with `limit_reached`, and with `not_found`
 * when it names a device that the fleet does not have.
 */
export const addIntegration = async (
  fleet: string,
  input: IntegrationInput,
  { integrations, devices, now, wait }: Needs,
): Promise<Integration> => {
  const settings = await settingsOf(fleet, input, { devices });
  if ((await integrations.list(fleet)).length >= integrationsPerFleetMax) {
    throw new Failure(`a fleet has at most ${integrationsPerFleetMax} integrations`, {
      code: "limit_reached",
    });
  }
  const integration = {
    ...settings,
    id: randomBytes(12).toString("hex"),
    fleet,
    createdAt: new Date(now()).toISOString(),
  };
  await integrations.add(integration);
  await wait(integrationsFreshMs);
  return integration;
};

/**
 * What is kept of what a user chose: with a name, also when there is none, and with the device's id for its name.
 * Fails with `not_found` when the fleet does not have the device.
 */
export const settingsOf = async (
  fleet: string,
  { integration_type: _, ...input }: IntegrationInput,
  { devices }: { devices: Devices },
): Promise<Omit<Integration, "id" | "fleet" | "createdAt">> => {
  const { name = `${input.event} for ${hostOf(input.url)}`, deviceID } = input;
  if (deviceID === undefined) return { ...input, name };
  const { id } = await findDevice(fleet, deviceID, { devices });
  return { ...input, name, deviceID: id };
};

const hostOf = (url: string): string => url.split("/")[2] ?? url;
