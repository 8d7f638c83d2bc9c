import * as z from "zod/mini";
import { flag } from "../../input/flag.ts";
import { dayMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import { productsPerUserMax } from "../product/limits.ts";
import {
  isConfirmed,
  type Offer,
  type Product,
  productConfirmation,
  productSlug,
} from "../product/product.ts";
import type { ProductStore } from "../product/productStore.ts";
import { requireCurrentRight, requireRight } from "../team/changeTeam.ts";
import { transferOfferDays } from "../team/limits.ts";
import { emptyTeam, type Member, type Person, type Teams } from "../team/team.ts";
import { username } from "../user/user.ts";

/** The input of an offer: its recipient, and whether it is only planned. */
export const transferInput = z.object({
  username,
  plan: z.optional(flag),
  confirm: z.optional(productConfirmation),
});

interface Deps {
  readonly accounts: Pick<Accounts, "findUserByAnyName" | "listProducts">;
  readonly teams: Teams;
  readonly productStore: Pick<ProductStore, "putOffer" | "endOffer">;
  readonly now: () => number;
  readonly newId: () => string;
}

interface ProductRequest {
  readonly product: Product;
  readonly by: Person;
}

/** The open offer of a product; `undefined` if there is none or it has expired. */
export const openOffer = ({ offer }: Pick<Product, "offer">, now: number): Offer | undefined =>
  offer !== undefined && offer.expiresAt > now ? offer : undefined;

/**
 * Returns the member to whom a product can be offered. Fails with `unauthorized`, `refused` (the
 * owner), `not_found` (not a member), `limit_reached` (the member owns the maximum number of
 * products) and `already_exists` (offered to another member).
 */
export const findRecipient = async (
  name: string,
  { product, by }: ProductRequest,
  { accounts, teams, now }: Pick<Deps, "accounts" | "teams" | "now">,
): Promise<Member> => {
  const team = (await teams.find(product.id)) ?? emptyTeam(product.id);
  requireRight("products:transfer", { product, team, by });
  const account = await accounts.findUserByAnyName(name);
  if (account?.username === product.owner) {
    throw new Failure(`${name} is already the owner of the product`, { code: "refused" });
  }
  const member = team.members.find(({ fleet }) => fleet === account?.fleet);
  if (account === undefined || member === undefined) {
    const what = `${name} is not a member of the team: invite them first, and offer the product when they have accepted`;
    throw new Failure(what, { code: "not_found" });
  }
  const open = openOffer(product, now());
  if (open !== undefined && open.toFleet !== member.fleet) {
    throw new Failure(`the product is already offered to ${open.to}: withdraw that offer first`, {
      code: "already_exists",
    });
  }
  await requireProductQuota(account.username, { accounts });
  return { ...member, username: account.username };
};

/** Fails with `limit_reached` if a user owns the maximum number of products. */
export const requireProductQuota = async (
  user: string,
  { accounts }: { accounts: Pick<Accounts, "listProducts"> },
): Promise<void> => {
  if ((await accounts.listProducts(user)).length < productsPerUserMax) return;
  throw new Failure(`${user} owns ${productsPerUserMax} products, which is the limit for a user`, {
    code: "limit_reached",
  });
};

/**
 * Offers a product to a member of its team. Nothing else changes until the member accepts. An open
 * offer to the same member is renewed. Fails as `findRecipient` does, with `needs_confirmation`
 * unless `confirm` names the product, and with `conflict`.
 */
export const offerProduct = async (
  { username: name, confirm }: z.output<typeof transferInput>,
  { product, by }: ProductRequest,
  deps: Deps,
): Promise<Offer> => {
  const { productStore, now, newId } = deps;
  const recipient = await findRecipient(name, { product, by }, deps);
  if (!isConfirmed(product, confirm)) {
    throw new Failure(
      `${recipient.username} would become the owner of the product: see the plan with plan=true, then repeat with confirm=${productSlug(product)}`,
      { code: "needs_confirmation" },
    );
  }
  const offer = {
    id: openOffer(product, now())?.id ?? `${product.id}-${newId()}`,
    to: recipient.username,
    toFleet: recipient.fleet,
    by: by.username,
    createdAt: new Date(now()).toISOString(),
    expiresAt: now() + transferOfferDays * dayMs,
  };
  if (!(await productStore.putOffer(product, offer))) {
    throw new Failure("the product was changed by another request, try again", {
      code: "conflict",
    });
  }
  return offer;
};

/**
 * Withdraws the open offer of a product. Fails with `not_found` if there is none, also if it was
 * accepted concurrently.
 */
export const withdrawOffer = async ({ product, by }: ProductRequest, deps: Deps): Promise<void> => {
  const open = openOffer(product, deps.now());
  if (open === undefined) throw noOffer();
  await requireCurrentRight("products:transfer", { product, by }, deps);
  if (!(await deps.productStore.endOffer(product.id, open.id))) throw noOffer();
};

const noOffer = () => new Failure("The product has no open offer", { code: "not_found" });
