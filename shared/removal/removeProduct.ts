import * as z from "zod/mini";
import type { Accounts } from "../account/accounts.ts";
import type { ApiUsers } from "../account/oauth/apiUser.ts";
import type { OAuthClients } from "../account/oauth/oauthClient.ts";
import {
  isConfirmed,
  type Product,
  productConfirmation,
  productNameKey,
  productSlug,
  productVersion,
} from "../account/product/product.ts";
import type { ProductNames, ProductStore } from "../account/product/productStore.ts";
import { emptyTeam, type Person, type TeamHints, type Teams } from "../account/team/team.ts";
import type { Groups } from "../device/group/group.ts";
import type { ClaimCertificates } from "../device/provision/claimCertificates.ts";
import { claimCertificatesListedMax } from "../device/provision/limits.ts";
import { endClaimsOf } from "../device/provision/manageClaims.ts";
import { flag } from "../input/flag.ts";
import { dayMs } from "../platform/durations.ts";
import { Failure } from "../platform/failure.ts";
import { type ExpectedVersions, requireVersion, staleVersion } from "../platform/version.ts";
import type { Contacts } from "./contacts.ts";
import { countFleet, emptyFleet, type FleetContents, type FleetDeps } from "./emptyFleet.ts";
import { removalMs, removedProductDays } from "./limits.ts";
import { type FirmwareRemovalDeps, removeFirmwareOf } from "./removeFirmware.ts";

/** The input of a removal: a request for the plan, or its confirmation. */
export const removalInput = z.object({
  plan: z.optional(flag),
  confirm: z.optional(productConfirmation),
  release_devices: z.optional(flag),
});

export interface RemovalDeps extends FleetDeps {
  readonly accounts: Pick<Accounts, "findUserByAnyName" | "removeToken" | "removeTokens">;
  readonly apiUsers: ApiUsers;
  readonly clients: Pick<OAuthClients, "list" | "remove">;
  readonly teams: Teams;
  readonly hints: TeamHints;
  readonly productStore: Pick<ProductStore, "beginRemoval" | "endRemoval">;
  readonly names: Pick<ProductNames, "release">;
  readonly contacts: Pick<Contacts, "removeOfProduct">;
  readonly claims: Pick<ClaimCertificates, "list" | "put" | "addPending">;
  readonly groups: Pick<Groups, "list" | "remove">;
  readonly firmware: FirmwareRemovalDeps;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
}

/** The resources that are removed with a product. */
interface ProductContents extends FleetContents {
  readonly apiUsers: number;
  readonly clients: number;
  readonly members: number;
  readonly invitations: number;
  /** Valid claim certificates. */
  readonly claimCertificates: number;
  readonly firmwareVersions: number;
}

/** Counts the resources that the removal of a product would remove. Changes nothing. */
export const planRemoval = async (
  { id, fleet }: Product,
  deps: RemovalDeps,
): Promise<ProductContents> => {
  const team = (await deps.teams.find(id)) ?? emptyTeam(id);
  const claims = await deps.claims.list(id, claimCertificatesListedMax);
  return {
    ...(await countFleet(fleet, deps)),
    apiUsers: (await deps.apiUsers.list(id)).length,
    clients: (await deps.clients.list({ product: id })).length,
    members: team.members.length,
    invitations: team.invitations.length,
    claimCertificates: claims.filter(({ endedAt }) => endedAt === undefined).length,
    firmwareVersions: (await deps.firmware.versions.list(id)).length,
  };
};

/**
 * Removes a product and its resources. Its devices return to the users who claimed them, or become
 * unclaimed. From the first write, the product is not found, and tokens of its programs are
 * invalid. One request works for `removalMs`; `left` is then the number of remaining devices,
 * integrations or firmware versions, at least. A repeated request continues, also after a crash.
 * Fails with `precondition_failed`, and with `needs_confirmation` before any change unless
 * `confirm` names the product, and unless the release of its devices is confirmed.
 */
export const removeProduct = async (
  { confirm, release_devices: mayRelease = false }: z.output<typeof removalInput>,
  { product, by, expected }: { product: Product; by: Person; expected?: ExpectedVersions },
  deps: RemovalDeps,
): Promise<{ left: number }> => {
  requireVersion(expected, productVersion(product));
  const slug = productSlug(product);
  if (!isConfirmed(product, confirm)) {
    throw new Failure(
      `this removes the product: read the plan with plan=true, then repeat with confirm=${slug}`,
      { code: "needs_confirmation" },
    );
  }
  if (product.removal === undefined && !mayRelease) {
    const [first] = await deps.devices.list(product.fleet, 1);
    if (first !== undefined) {
      throw new Failure(
        "the product has devices: release_devices=true returns them to the users who claimed them",
        { code: "needs_confirmation" },
      );
    }
  }
  const at = new Date(deps.now()).toISOString();
  const { id, owner: ownerName } = product;
  const removal = { at, by: by.username };
  if (expected === undefined) {
    await deps.productStore.beginRemoval({ id, owner: ownerName }, removal);
  } else {
    await deps.productStore.beginRemoval(product, removal).catch((error: unknown) => {
      const isChanged = error instanceof Failure && error.code === "not_found";
      throw isChanged ? staleVersion(error) : error;
    });
  }
  await removePrograms(product, deps);
  await endClaimsOf(product.id, deps);
  await deps.contacts.removeOfProduct(product.id);
  const deadline = deps.now() + removalMs;
  const { left } = await emptyFleet(product.fleet, deadline, deps);
  if (left > 0) return { left };
  const { left: versionsLeft } = await removeFirmwareOf(id, deadline, deps.firmware);
  if (versionsLeft > 0) return { left: versionsLeft };
  for (const { name } of await deps.groups.list(id)) await deps.groups.remove(id, name);
  await removeTeam(product, deps);
  const owner = await deps.accounts.findUserByAnyName(product.owner);
  if (owner !== undefined) {
    const key = productNameKey(product.name);
    await deps.names.release({ ownerFleet: owner.fleet, key, product: product.id });
  }
  await deps.productStore.endRemoval(product.id, deps.now() + removedProductDays * dayMs);
  return { left: 0 };
};

const removePrograms = async (
  { id, owner }: Product,
  { accounts, apiUsers, clients }: RemovalDeps,
): Promise<void> => {
  for (const { username, tokenHash } of await apiUsers.list(id)) {
    await accounts.removeToken(tokenHash);
    await apiUsers.remove(username);
  }
  for (const client of await clients.list({ product: id })) {
    await clients.remove(client.id);
    await accounts.removeTokens(owner, { client: client.id });
  }
};

const removeTeam = async ({ id }: Product, { teams, hints }: RemovalDeps): Promise<void> => {
  const { members, invitations } = (await teams.find(id)) ?? emptyTeam(id);
  const keys = [...members.map(({ fleet }) => fleet), ...invitations.map((one) => one.username)];
  for (const key of keys) await hints.remove({ product: id, key });
  await teams.remove(id);
};
