import * as z from "zod";
import { username } from "../account/user.ts";
import { Failure } from "../failure.ts";
import { devicesPerFleetListedMax } from "../limits.ts";
import type { Accounts, Credentials, Devices, Registry } from "../ports.ts";
import { type Device, deviceName, newDeviceId } from "./device.ts";

export const deviceInput = z.object({ username, name: deviceName });

/**
 * Provisions a device for a user: a thing, a certificate, the policy, and its row. The private key is in the
 * answer and is kept nowhere. Fails with `not_found` (no such user), `already_exists` (the name is taken) and
 * `limit_reached`. When it dies on the way, what is left is a thing without a row: nobody has its key.
 */
export const addDevice = async (
  input: z.output<typeof deviceInput>,
  {
    accounts,
    devices,
    registry,
    now,
  }: { accounts: Accounts; devices: Devices; registry: Registry; now: () => number },
): Promise<Device & Credentials> => {
  const user = await accounts.findUser(input.username);
  if (user === undefined) throw new Failure("there is no such user", { code: "not_found" });
  const { fleet } = user;
  const existing = await devices.list(fleet);
  if (existing.length >= devicesPerFleetListedMax) {
    throw new Failure(`a fleet has at most ${devicesPerFleetListedMax} devices`, {
      code: "limit_reached",
    });
  }
  if (existing.some(({ name }) => name.toLowerCase() === input.name.toLowerCase())) {
    throw new Failure(`there is a device ${input.name} already`, { code: "already_exists" });
  }
  const id = newDeviceId();
  const credentials = await registry.provision(id, fleet);
  const createdAt = new Date(now()).toISOString();
  const device = { id, fleet, name: input.name, owner: user.username, createdAt };
  await devices.add(device);
  return { ...device, ...credentials };
};
