import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { OAuthClients } from "../oauth/oauthClient.ts";
import {
  type FormerOwner,
  type Offer,
  type Product,
  productIdIn,
  productNameKey,
} from "../product/product.ts";
import type { ProductNames, ProductStore } from "../product/productStore.ts";
import { reserveProductName } from "../product/reserveProductName.ts";
import { changeTeam, requireCurrentRight } from "../team/changeTeam.ts";
import { formerOwnersMax } from "../team/limits.ts";
import { listMemberships } from "../team/listTeam.ts";
import type { Member, Person, Team, TeamHints, Teams } from "../team/team.ts";
import { openOffer, requireProductQuota } from "./offerProduct.ts";

interface Deps {
  readonly accounts: Pick<
    Accounts,
    "findUserByAnyName" | "findProduct" | "listProducts" | "removeTokens"
  >;
  readonly teams: Teams;
  readonly hints: TeamHints;
  readonly productStore: Pick<ProductStore, "endOffer" | "changeOwner">;
  readonly names: ProductNames;
  readonly clients: Pick<OAuthClients, "list">;
  readonly now: () => number;
}

/** A product that is offered to the caller. */
export interface ReceivedOffer {
  readonly product: Product;
  readonly offer: Offer;
}

/** The products that are offered to a person. A new offer may be missing for a moment. */
export const listOffers = async (
  person: Person,
  deps: Pick<Deps, "accounts" | "teams" | "hints" | "now">,
): Promise<ReceivedOffer[]> => {
  const memberships = await listMemberships(person, deps);
  return memberships.flatMap(({ product }) => {
    const offer = openOffer(product, deps.now());
    return offer?.toFleet === person.fleet ? [{ product, offer }] : [];
  });
};

/**
 * Makes the recipient of an offer the owner of the product, and the previous owner an
 * administrator. May be repeated until it succeeds; a repeated call after a crash completes the
 * transfer. Fails with:
 * - `not_found`: there is no such offer for the person, it has expired or was withdrawn, or the
 *   person is no longer a member.
 * - `limit_reached`, `already_exists`: the person owns too many products or a product of that name.
 * - `conflict`: the product was changed concurrently.
 *
 * The conditional write of the product's row decides. Everything that the former owner needs
 * afterwards is written before it; everything that only has to end is removed after it:
 * - A crash before it leaves the product unchanged. The reserved name and the role have no effect.
 * - A crash after it leaves the new owner as a hidden member, the former owner's tokens of the
 *   product's OAuth clients, and the old name reserved, which `reserveProductName` replaces.
 */
export const acceptOffer = async (id: string, person: Person, deps: Deps): Promise<Product> => {
  const product = await requireOffered(id, person, deps);
  if (product.owner === person.username) {
    const last = product.formerOwners?.at(-1);
    if (last?.offer !== id) throw notFound();
    await finishTransfer(product, last, person, deps);
    return product;
  }
  const offer = openOffer(product, deps.now());
  if (offer?.id !== id || offer.toFleet !== person.fleet) throw notFound();
  await requireProductQuota(person.username, deps);
  const before = await deps.accounts.findUserByAnyName(product.owner);
  if (before === undefined) throw conflict();
  const until = new Date(deps.now()).toISOString();
  const { username, fleet } = before;
  const former = { username, fleet, until, offer: id };
  const given = {
    ...withoutOffer(product),
    owner: person.username,
    formerOwners: [...(product.formerOwners ?? []), former].slice(-formerOwnersMax),
  };
  await reserveProductName(given, person.fleet, deps);
  const replaced = await prepareTransfer(product, former, person, deps);
  const transfer = { product, former, person, replaced };
  if (!(await deps.productStore.changeOwner(product, given.owner, given.formerOwners))) {
    return resolveConflict(id, transfer, deps);
  }
  const account = await deps.accounts.findUserByAnyName(person.username);
  // The account is being removed concurrently. The removal disables it first and may not have seen
  // this product.
  if (account === undefined || account.disabled === true) {
    await deps.productStore.changeOwner(given, product.owner, product.formerOwners ?? []);
    await undoPreparation(transfer, deps);
    throw notFound();
  }
  const { username: owner } = account;
  // A concurrent rename may have moved their products before this one was among them.
  if (owner !== given.owner) await deps.productStore.changeOwner(given, owner, given.formerOwners);
  const done = { ...given, owner };
  await finishTransfer(done, former, { ...person, username: owner }, deps);
  return done;
};

const withoutOffer = ({ offer: _, ...product }: Product): Product => product;

/**
 * Makes the current owner a member. The role takes effect when they no longer own the product.
 * Returns the membership that it replaced, for `undoPreparation`.
 */
const prepareTransfer = async (
  product: Product,
  { username, fleet, offer }: FormerOwner,
  person: Person,
  { teams, hints, now }: Deps,
): Promise<Member | undefined> => {
  const since = new Date(now()).toISOString();
  const role = "administrator" as const;
  const member: Member = { fleet, username, role, since, invitedBy: person.username, offer };
  let replaced: Member | undefined;
  const change = (team: Team) => {
    if (!team.members.some((each) => each.fleet === person.fleet)) throw notFound();
    replaced = team.members.find((each) => each.fleet === fleet);
    const members = [...team.members.filter((each) => each.fleet !== fleet), member];
    return { ...team, members };
  };
  const before = () => hints.put({ product: product.id, username, key: fleet });
  await changeTeam({ product, change, before }, { teams, now });
  return replaced;
};

interface Transfer {
  readonly product: Product;
  readonly former: FormerOwner;
  readonly person: Person;
  /** The membership of the former owner that the preparation replaced. */
  readonly replaced: Member | undefined;
}

/**
 * The row has changed. Another request of the same person may have accepted the offer; otherwise it
 * may have ended.
 */
const resolveConflict = async (id: string, transfer: Transfer, deps: Deps): Promise<Product> => {
  const { product, person } = transfer;
  const current = await deps.accounts.findProduct(product.id);
  if (current?.owner === person.username && current.formerOwners?.at(-1)?.offer === id) {
    return current;
  }
  // They became the owner by a later offer, which needs the same preparation.
  if (current?.owner === person.username) throw notFound();
  // While the offer is open, a repeated request needs the preparation.
  if (current !== undefined && current.offer?.id !== id) await undoPreparation(transfer, deps);
  throw conflict();
};

/**
 * Reverts the preparation of a transfer that can no longer happen. A membership that the acceptance
 * of another offer has written since stays, and one that it has written before is restored.
 */
const undoPreparation = async (
  { product, former, person, replaced }: Transfer,
  { teams, hints, names, now }: Deps,
): Promise<void> => {
  const isOwn = ({ fleet, offer }: Member): boolean =>
    fleet === former.fleet && offer === former.offer;
  const restored = replaced !== undefined && !isOwn(replaced) ? [replaced] : [];
  const change = (team: Team) => {
    const isWritten = team.members.some(isOwn);
    const members = team.members.filter((member) => !isOwn(member));
    return { ...team, members: isWritten ? [...members, ...restored] : members };
  };
  const { members } = await changeTeam({ product, change }, { teams, now });
  if (!members.some(({ fleet }) => fleet === former.fleet)) {
    await hints.remove({ product: product.id, key: former.fleet });
  }
  const key = productNameKey(product.name);
  await names.release({ ownerFleet: person.fleet, key, product: product.id });
};

/** Removes data that only the former owner needed. May be repeated. */
const finishTransfer = async (
  product: Product,
  former: FormerOwner,
  person: Person,
  { accounts, teams, hints, names, clients, now }: Deps,
): Promise<void> => {
  const { id } = product;
  const change = (team: Team) => ({
    ...team,
    members: team.members.filter(({ fleet }) => fleet !== person.fleet),
  });
  const team = await teams.find(id);
  if (team?.members.some(({ fleet }) => fleet === person.fleet)) {
    await changeTeam({ product, change }, { teams, now });
  }
  await hints.remove({ product: id, key: person.fleet });
  for (const { id: client } of await clients.list({ product: id })) {
    await accounts.removeTokens(former.username, { client });
  }
  const key = productNameKey(product.name);
  await names.release({ ownerFleet: former.fleet, key, product: id });
};

/** Declines an offer. Fails with `not_found`, as `acceptOffer` does. */
export const declineOffer = async (id: string, person: Person, deps: Deps): Promise<void> => {
  const product = await requireOffered(id, person, deps);
  const offer = openOffer(product, deps.now());
  if (offer?.id !== id || offer.toFleet !== person.fleet) throw notFound();
  await requireCurrentRight("teams.users:leave", { product, by: person }, deps);
  if (!(await deps.productStore.endOffer(product.id, id))) throw notFound();
};

/**
 * The product that was offered to a person, also if they have just accepted it; `undefined` also
 * if it is for another one.
 */
export const findOffered = async (
  id: string,
  person: Person,
  { accounts, now }: { accounts: Pick<Accounts, "findProduct">; now: () => number },
): Promise<Product | undefined> => {
  const number = productIdIn(id.split("-")[0] ?? "");
  const product = number === undefined ? undefined : await accounts.findProduct(number);
  if (product === undefined) return undefined;
  const offer = openOffer(product, now());
  const isOffered = offer?.id === id && offer.toFleet === person.fleet;
  const isAccepted =
    product.owner === person.username && product.formerOwners?.at(-1)?.offer === id;
  return isOffered || isAccepted ? product : undefined;
};

const requireOffered = async (id: string, person: Person, deps: Deps): Promise<Product> => {
  const product = await findOffered(id, person, deps);
  if (product === undefined) throw notFound();
  return product;
};

const notFound = () => new Failure("Offer not found", { code: "not_found" });

const conflict = () =>
  new Failure("the product was changed by another request, try again", { code: "conflict" });
