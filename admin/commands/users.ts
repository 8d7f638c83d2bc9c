import * as z from "zod";
import type { Command } from "../command.ts";
import { pages } from "../pages.ts";
import { planOrAct, runWithPlan } from "../runWithPlan.ts";

/** Lists all users. */
export const listUsers: Command = {
  words: "user list",
  summary: "list all users",
  options: {},
  run: (_, __, { invoke }) => pages((after) => invoke({ listUsers: { after } })),
};

/** Disables a user. */
export const disableUser: Command = {
  words: "user disable",
  argument: "NAME",
  summary: "refuse a user's tokens and log-ins; devices are not affected",
  dangerous: true,
  options: {},
  run: planOrAct(
    (username) => ({ describeUser: { username } }),
    (username) => ({ switchUser: { username, disabled: true } }),
  ),
};

/** Enables a user who was disabled. */
export const enableUser: Command = {
  words: "user enable",
  argument: "NAME",
  summary: "accept a disabled user's tokens and log-ins again",
  options: {},
  run: async (username, _, { invoke }) =>
    Object(await invoke({ switchUser: { username, disabled: false } })),
};

/** Removes a user. */
export const removeUser: Command = {
  words: "user remove",
  argument: "NAME",
  summary: "remove a user who has no products and devices, with tokens, clients and memberships",
  dangerous: true,
  options: {},
  run: (username, options, deps) =>
    runWithPlan(
      {
        plan: async () => Object(await deps.invoke({ describeUser: { username } })),
        act: async () => Object(await deps.invoke({ removeUser: { username } })),
        findObstacle: findPossessions,
      },
      options,
      deps,
    ),
};

const possessions = z.object({
  products: z.array(z.number()).default([]),
  devices: z.number().default(0),
});

/** The products and devices without which the user can be removed. */
const findPossessions = (plan: object): string | undefined => {
  const { products, devices } = possessions.parse(plan);
  if (products.length === 0 && devices === 0) return undefined;
  return "first remove the products and devices of this user";
};
