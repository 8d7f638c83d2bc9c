import { randomBytes, randomInt } from "node:crypto";
import * as z from "zod/mini";
import { versionOfValues } from "../../platform/version.ts";
import { slug } from "../slug.ts";
import { productNameCharsMax } from "./limits.ts";

/**
 * An offer of the ownership of a product to a member of its team. A product has at most one open
 * offer.
 */
export const offer = z.object({
  id: z.string(),
  /** Name of the member when the offer was made. Their own fleet identifies them after a rename. */
  to: z.string(),
  toFleet: z.string(),
  by: z.string(),
  createdAt: z.string(),
  /** In milliseconds since 1970. */
  expiresAt: z.number(),
});

export type Offer = z.output<typeof offer>;

/** A former owner of a product. */
export const formerOwner = z.object({
  username: z.string(),
  /** The user's own fleet. */
  fleet: z.string(),
  /** End of the ownership, ISO 8601. */
  until: z.string(),
  /** Id of the accepted offer. */
  offer: z.string(),
});

export type FormerOwner = z.output<typeof formerOwner>;

/** The removal of a product: when it started, who requested it, and whether it is complete. */
const removal = z.object({ at: z.string(), by: z.string(), done: z.optional(z.boolean()) });

export type Removal = z.output<typeof removal>;

/** A product: devices of one type with their own fleet, and an owner. */
export const product = z.object({
  /** Particle's clients expect a number. */
  id: z.int().check(z.positive()),
  name: z.string(),
  description: z.string(),
  platformId: z.int(),
  /** Name of the owner. */
  owner: z.string(),
  fleet: z.string(),
  createdAt: z.string(),
  removal: z.optional(removal),
  /** The open offer of the ownership. */
  offer: z.optional(offer),
  /** Up to `formerOwnersMax`, oldest first. */
  formerOwners: z.optional(z.array(formerOwner)),
});

export type Product = z.output<typeof product>;

/** The version of a product: it changes with every field that a person can change. */
export const productVersion = ({ name, description, platformId, owner }: ProductContent): string =>
  versionOfValues([name, description, platformId, owner]);

/** The fields of a product that a person can change, and its owner. */
export type ProductContent = Pick<Product, "name" | "description" | "platformId" | "owner">;

// Larger than the ids of Particle's products, to avoid confusion, and within 32 bits.
const productIdMin = 100_000_000;
const productIdMax = 999_999_999;

/**
 * Generates the id of a product. On a collision, which is very unlikely, the table rejects the
 * second product.
 */
export const newProductId = (): number => randomInt(productIdMin, productIdMax + 1);

/**
 * Generates the name of a product's fleet. It is valid as a topic level and as a thing attribute.
 */
export const newProductFleet = (): string => `p${randomBytes(8).toString("hex")}`;

/** The normalized name of a product, for comparison: case and extra white space are ignored. */
export const productNameKey = (name: string): string =>
  name.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");

/** The confirmation of a destructive action: the slug, name or id of the product. */
export const productConfirmation = z.pipe(
  z.union([
    z.pipe(
      z.number(),
      z.transform((id: number) => String(id)),
    ),
    z.string(),
  ]),
  z.string().check(z.maxLength(productNameCharsMax * 2)),
);

/** Whether the confirmation of a destructive action names this product, by its slug, name or id. */
export const isConfirmed = (product: Pick<Product, "name" | "id">, confirm?: string): boolean =>
  confirm !== undefined &&
  [productSlug(product), product.name, String(product.id)].includes(confirm);

/** The slug of a product in URLs: its name in lower case and its id. */
export const productSlug = ({ name, id }: Pick<Product, "name" | "id">): string => {
  const words = slug(name);
  return words === "" ? String(id) : `${words}-${id}`;
};

/** The product id in a URL segment that is an id or a slug; `undefined` if there is none. */
export const productIdIn = (idOrSlug: string): number | undefined => {
  const digits = /(?:^|-)([1-9]\d{0,14})$/.exec(idOrSlug)?.[1];
  return digits === undefined ? undefined : Number(digits);
};
