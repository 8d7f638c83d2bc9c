import * as z from "zod/mini";
import type { Accounts } from "../account/accounts.ts";
import { passwordCharsMax } from "../account/limits.ts";
import type { SecondFactors } from "../account/mfa/secondFactor.ts";
import type { OAuthClients } from "../account/oauth/oauthClient.ts";
import type { ProductStore } from "../account/product/productStore.ts";
import type { TeamHints, Teams } from "../account/team/team.ts";
import type { TokenCache } from "../account/token/tokenCache.ts";
import type { Passwords } from "../account/user/password.ts";
import type { User } from "../account/user/user.ts";
import type { ThrottleDeps } from "../account/verify/throttleAttempts.ts";
import { verifyPassword } from "../account/verify/verifyPassword.ts";
import type { Devices } from "../device/device.ts";
import { devicesPerFleetListedMax } from "../device/limits.ts";
import type { IntegrationMatcher } from "../integration/model/integration.ts";
import type { FleetRouting } from "../integration/model/integrations.ts";
import { Failure } from "../platform/failure.ts";
import { removeUser } from "./administerUser.ts";
import type { Contacts } from "./contacts.ts";

export const ownRemoval = z.object({ password: z.string().check(z.maxLength(passwordCharsMax)) });

interface Deps extends ThrottleDeps {
  readonly accounts: Accounts;
  readonly passwords: Passwords;
  readonly secondFactors: SecondFactors;
  readonly clients: Pick<OAuthClients, "list" | "remove">;
  readonly teams: Teams;
  readonly hints: TeamHints;
  readonly productStore: Pick<ProductStore, "endOffer">;
  readonly contacts: Pick<Contacts, "removeOfUser">;
  readonly devices: Pick<Devices, "list">;
  readonly integrations: {
    fleetRouting(
      fleet: string,
    ): Promise<Pick<FleetRouting<IntegrationMatcher>, "integrations" | "unreadable" | "limits">>;
  };
  readonly tokenCache: TokenCache;
}

/**
 * Removes the calling user with their password: their tokens, OAuth clients, memberships and second
 * factor. The name stays reserved. Fails with `invalid_grant`, `too_many_requests`, and with
 * `needs_confirmation` while they have devices, products, integrations or limits, which the message
 * lists. An interrupted removal leaves the user disabled; `removeUser` completes it.
 */
export const removeOwnUser = async (
  { username, password, address }: { username: string; password: string; address: string },
  deps: Deps,
): Promise<void> => {
  const user = await verifyPassword({ username, password, address }, deps);
  const contents = await contentsOf(user, deps);
  if (contents.length > 0) {
    throw new Failure(`You still have ${contents.join("; ")}. Remove these first`, {
      code: "needs_confirmation",
    });
  }
  await removeUser(username, deps);
  await deps.secondFactors.remove(user.fleet);
  deps.tokenCache.evict((token) => token.username === username);
};

/** Maximum number of ids in the message; further ones are counted. */
const namedMax = 10;

/** Describes the resources of a user; empty if there are none. */
const contentsOf = async (
  { username, fleet }: User,
  { accounts, devices, integrations }: Deps,
): Promise<string[]> => {
  const [products, own, fleetRouting] = await Promise.all([
    accounts.listProducts(username),
    devices.list(fleet, devicesPerFleetListedMax),
    integrations.fleetRouting(fleet),
  ]);
  const hooks = [
    ...fleetRouting.integrations.map(({ id }) => id),
    ...fleetRouting.unreadable.keys(),
  ];
  return [
    ...listed(
      "products",
      products.map(({ id }) => String(id)),
    ),
    ...listed(
      "devices",
      own.map(({ id }) => id),
    ),
    ...listed("integrations", hooks),
    ...listed("usage limits", fleetRouting.limits?.limits.map(({ id }) => id) ?? []),
  ];
};

const listed = (what: string, ids: readonly string[]): string[] => {
  if (ids.length === 0) return [];
  const more = ids.length > namedMax ? ` and ${ids.length - namedMax} more` : "";
  return [`${what}: ${ids.slice(0, namedMax).join(", ")}${more}`];
};
