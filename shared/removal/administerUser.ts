import * as z from "zod/mini";
import { type Accounts, findUser } from "../account/accounts.ts";
import type { OAuthClients } from "../account/oauth/oauthClient.ts";
import type { ProductStore } from "../account/product/productStore.ts";
import { removeMember } from "../account/team/removeMember.ts";
import type { TeamHints, Teams } from "../account/team/team.ts";
import { addUser, type UserInput } from "../account/user/addUser.ts";
import type { Passwords } from "../account/user/password.ts";
import { username } from "../account/user/user.ts";
import type { Announce } from "../audit/announce.ts";
import type { Devices } from "../device/device.ts";
import { Failure } from "../platform/failure.ts";
import type { Contacts } from "./contacts.ts";

export const userSwitch = z.object({ username, disabled: z.boolean() });
export const namedUser = z.object({ username });

/** The resources of a user. */
export interface UserContents {
  readonly username: string;
  readonly tokens: number;
  readonly clients: number;
  /** Ids of the products that they own. */
  readonly products: readonly number[];
  /** Devices outside of products, up to the limit of the call. */
  readonly devices: number;
}

interface Deps {
  readonly accounts: Accounts;
  readonly clients: Pick<OAuthClients, "list" | "remove">;
  readonly devices: Pick<Devices, "list">;
  readonly teams: Teams;
  readonly hints: TeamHints;
  readonly productStore: Pick<ProductStore, "endOffer">;
  readonly contacts: Pick<Contacts, "removeOfUser">;
  readonly now: () => number;
}

/**
 * Adds a user for the operator of the cloud, who may use `replace`. Fails with `already_exists`,
 * and says what `replace` would do.
 */
export const addUserByOperator = async (
  input: UserInput,
  deps: { accounts: Accounts; passwords: Passwords; announce: Announce; now: () => number },
): Promise<{ username: string; fleet: string }> => {
  try {
    return await addUser(input, deps);
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "already_exists") throw cause;
    const reason = await findReservation(input.username, deps.accounts);
    throw new Failure(reason, { code: "already_exists", cause });
  }
};

/** Why a name is not available. */
const findReservation = async (name: string, accounts: Accounts): Promise<string> => {
  const owner = await accounts.findUserOrRemoved(name);
  if (owner?.username !== name) return `${name} is the former name of a user, who keeps it`;
  return owner.removed === true
    ? `${name} is the name of a removed user: --replace assigns it again`
    : `the user ${name} exists: --replace sets a new password`;
};

/**
 * Disables or enables a user. A disabled user cannot log in, and their tokens are rejected within
 * `tokenCacheMs`. Devices, integrations and the programs of products keep working. Fails with
 * `not_found`.
 */
export const switchUser = async (
  { username, disabled }: z.output<typeof userSwitch>,
  { accounts }: Pick<Deps, "accounts">,
): Promise<{ username: string; disabled: boolean }> => {
  await findUser(username, { accounts });
  await accounts.changeUser(username, { disabled });
  return { username, disabled };
};

/** Counts the resources of a user, devices up to `max`. Fails with `not_found`. */
export const describeUser = async (
  name: string,
  max: number,
  { accounts, clients, devices }: Pick<Deps, "accounts" | "clients" | "devices">,
): Promise<UserContents> => {
  const { username, fleet } = await findUser(name, { accounts });
  return {
    username,
    tokens: (await accounts.listTokens(username)).length,
    clients: (await clients.list({ username })).length,
    products: (await accounts.listProducts(username)).map(({ id }) => id),
    devices: (await devices.list(fleet, max)).length,
  };
};

/**
 * Removes a user with their tokens, clients and memberships. The user is disabled first, so an
 * interrupted removal can be repeated. Fails with `not_found`, and with `needs_confirmation` while
 * they have products or devices, which must be transferred or removed before.
 */
export const removeUser = async (
  name: string,
  deps: Deps,
): Promise<{ username: string; removed: true }> => {
  const { accounts, clients, teams, hints } = deps;
  const { username } = await requireEmpty(name, deps);
  const before = (await findUser(username, { accounts })).disabled === true;
  await accounts.changeUser(username, { disabled: true });
  // Check again: they may have become the owner of a product concurrently. A disabled user cannot
  // become an owner.
  await requireEmpty(name, deps).catch(async (error: unknown) => {
    await accounts.changeUser(username, { disabled: before });
    throw error;
  });
  for (const { id } of await clients.list({ username })) await clients.remove(id);
  const { fleet } = await findUser(username, { accounts });
  for (const id of await hints.list(username)) {
    const product = await accounts.findProduct(id);
    const team = await teams.find(id);
    if (product === undefined || !team?.members.some((each) => each.fleet === fleet)) continue;
    await removeMember(username, { product, by: { username, fleet } }, deps);
  }
  await accounts.removeTokens(username);
  await deps.contacts.removeOfUser(username);
  await accounts.changeUser(username, { removed: true });
  return { username, removed: true };
};

/** Fails with `needs_confirmation` if a user has products or devices. */
const requireEmpty = async (name: string, deps: Deps): Promise<UserContents> => {
  const contents = await describeUser(name, 1, deps);
  const { username, products, devices } = contents;
  if (products.length > 0 || devices > 0) {
    const what = [
      ...(products.length > 0 ? [`the products ${products.join(", ")}`] : []),
      ...(devices > 0 ? ["devices"] : []),
    ].join(" and ");
    throw new Failure(`${username} still has ${what}: remove these first`, {
      code: "needs_confirmation",
    });
  }
  return contents;
};
