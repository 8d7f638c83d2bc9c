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
  { integration_type: _, ...input }: IntegrationInput,
  { integrations, devices, now, wait }: Needs,
): Promise<Integration> => {
  await checkDevice(fleet, input, { devices });
  if ((await integrations.list(fleet)).length >= integrationsPerFleetMax) {
    throw new Failure(`a fleet has at most ${integrationsPerFleetMax} integrations`, {
      code: "limit_reached",
    });
  }
  const integration = {
    ...input,
    id: randomBytes(12).toString("hex"),
    fleet,
    name: nameOf(input),
    createdAt: new Date(now()).toISOString(),
  };
  await integrations.add(integration);
  await wait(integrationsFreshMs);
  return integration;
};

/** Fails with `not_found` when an integration is for a device that its fleet does not have. */
export const checkDevice = async (
  fleet: string,
  { deviceID }: Pick<IntegrationInput, "deviceID">,
  { devices }: { devices: Devices },
): Promise<void> => {
  if (deviceID !== undefined) await findDevice(fleet, deviceID, { devices });
};

/** An integration's name, also when nobody gave it one. */
export const nameOf = ({ name, event, url }: Omit<IntegrationInput, "integration_type">): string =>
  name ?? `${event} for ${hostOf(url)}`;

const hostOf = (url: string): string => url.split("/")[2] ?? url;
