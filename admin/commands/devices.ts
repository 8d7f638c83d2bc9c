import type { Command } from "../command.ts";
import { pages } from "../pages.ts";
import { planOrAct } from "../runWithPlan.ts";
import { textOf } from "../textOf.ts";

/** Lists devices. */
export const listDevices: Command = {
  words: "device list",
  summary: "list all devices, or those of one user or product",
  options: {
    user: { value: "NAME", description: "only devices of this user, without those of products" },
    product: { value: "ID", description: "only devices of this product (a number)" },
  },
  run: (_, options, { invoke }) => {
    const user = textOf(options.user);
    const product = textOf(options.product);
    return pages((after) => invoke({ listDevices: { user, product, after } }));
  },
};

/** Puts a device into quarantine. */
export const disableDevice: Command = {
  words: "device disable",
  argument: "DEVICE",
  summary: "put a device into quarantine: it cannot connect in any region",
  dangerous: true,
  options: {},
  run: planOrAct(
    (device) => ({ describeDevice: { device } }),
    (device) => ({ switchDevice: { device, disabled: true } }),
  ),
};

/** Releases a device from quarantine. */
export const enableDevice: Command = {
  words: "device enable",
  argument: "DEVICE",
  summary: "release a device from quarantine",
  options: {},
  run: async (device, _, { invoke }) =>
    Object(await invoke({ switchDevice: { device, disabled: false } })),
};

/** Revokes a device's certificates. */
export const revokeDevice: Command = {
  words: "device revoke",
  argument: "DEVICE",
  summary: "revoke a device's certificates in every region: it needs a new one to connect",
  dangerous: true,
  options: {},
  run: planOrAct(
    (device) => ({ describeCertificates: { device } }),
    (device) => ({ revokeDevice: { device } }),
  ),
};

/** Tells a device to renew its certificate. */
export const rotateDevice: Command = {
  words: "device rotate",
  argument: "DEVICE",
  summary: "request that a connected device renew its certificate now",
  options: {},
  run: async (device, _, { invoke }) => Object(await invoke({ rotateDevice: { device } })),
};

/** Removes a device from its fleet. */
export const removeDevice: Command = {
  words: "device remove",
  argument: "DEVICE",
  summary: "revoke a device's certificates, and remove it from its owner",
  dangerous: true,
  options: {},
  run: planOrAct(
    (device) => ({ describeDevice: { device } }),
    (device) => ({ removeDevice: { device } }),
  ),
};
