import * as z from "zod/mini";
import type { Accounts } from "../account/accounts.ts";
import { issueToken } from "../account/token/issueToken.ts";
import { addUser } from "../account/user/addUser.ts";
import { canaryUsername } from "../account/user/canaryUser.ts";
import type { Passwords } from "../account/user/password.ts";
import { type AddDeviceDeps, addDevice } from "../device/provision/addDevice.ts";
import { signingRequest } from "../device/registry/checkSigningRequest.ts";
import { canaryDevicesMax } from "./limits.ts";

/** `csr`: the signing request for the key of the synthetic device, in PEM. */
export const canaryInput = z.object({ csr: signingRequest });

interface Deps extends AddDeviceDeps {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly region: string;
  /** Generates a password. It is discarded: the canary has a token. */
  readonly newPassword: () => string;
  /** Removes a device with its certificates. */
  readonly removeDevice: (id: string) => Promise<unknown>;
}

/** A new canary. Times are in milliseconds since 1970, and absent without an expiry. */
export interface ProvisionedCanary {
  readonly token: string;
  readonly device: { readonly id: string; readonly fleet: string; readonly certificate: string };
  /** The MQTT endpoint of this region. */
  readonly endpoint: string;
  readonly issuedAt?: number;
  readonly expiresAt?: number;
}

/**
 * Creates the user, the token and the device of this region's canary, and replaces earlier ones, so
 * that an interrupted request can be repeated. Each region has its own, so that the canaries of two
 * regions share no device and no integration.
 */
export const provisionCanary = async (
  { csr }: z.output<typeof canaryInput>,
  deps: Deps,
): Promise<ProvisionedCanary> => {
  const { accounts, devices, region, newPassword, removeDevice } = deps;
  const username = canaryUsername(region);
  const input = { username, password: newPassword(), replace: true };
  const { fleet } = await addUser(input, { ...deps, announce: async () => {} });
  for (const { id } of await devices.list(fleet, canaryDevicesMax)) await removeDevice(id);
  const made = await addDevice({ csr }, { fleet, owner: username }, deps);
  await accounts.removeTokens(username);
  const { tokenGeneration: generation } = (await accounts.findUser(username)) ?? {};
  const grant = { username, fleet, client: "canary", generation };
  const { text } = await issueToken(grant, { expiresInSeconds: 0 }, deps);
  const { id, certificate, endpoint, issuedAt, expiresAt } = made;
  return {
    token: text,
    endpoint,
    device: { id, fleet, certificate },
    ...(issuedAt !== undefined && { issuedAt }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
};
