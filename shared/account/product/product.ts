import { randomBytes, randomInt } from "node:crypto";
import * as z from "zod";
import { slug } from "../slug.ts";

/** The owner of a product offers it to a member of its team. A product has one open offer at most. */
export const offer = z.object({
  id: z.string(),
  /** The member's name when the offer was made, and their own fleet, which stays. */
  to: z.string(),
  toFleet: z.string(),
  by: z.string(),
  createdAt: z.string(),
  /** In milliseconds since 1970. */
  expiresAt: z.number(),
});

export type Offer = z.output<typeof offer>;

/** A user who owned a product before its present owner. */
export const formerOwner = z.object({
  username: z.string(),
  /** Their own. */
  fleet: z.string(),
  /** Until when they owned it, ISO 8601. */
  until: z.string(),
  /** The offer that was accepted. */
  offer: z.string(),
});

export type FormerOwner = z.output<typeof formerOwner>;

/** Since when a product is being removed, by whom, and whether everything of it is gone. */
const removal = z.object({ at: z.string(), by: z.string(), done: z.boolean().optional() });

export type Removal = z.output<typeof removal>;

/** Devices of one make, a fleet of their own, and the user whose product it is. */
export const product = z.object({
  /** A number, as Particle's clients expect it. */
  id: z.number().int().positive(),
  name: z.string(),
  description: z.string(),
  platformId: z.number().int(),
  /** Name of the user whose product it is. */
  owner: z.string(),
  fleet: z.string(),
  createdAt: z.string(),
  removal: removal.optional(),
  /** The open offer of its ownership. */
  offer: offer.optional(),
  /** The latest last, `formerOwnersMax` at most. */
  formerOwners: z.array(formerOwner).optional(),
});

export type Product = z.output<typeof product>;

// Larger than any number of Particle's, so that nobody takes one for the other; within 32 bits.
const productIdMin = 100_000_000;
const productIdMax = 999_999_999;

/** A number for a new product. Two products get the same one about never; the table refuses the second. */
export const newProductId = (): number => randomInt(productIdMin, productIdMax + 1);

/** A name for a product's fleet, fit for a topic level and a thing attribute. */
export const newProductFleet = (): string => `p${randomBytes(8).toString("hex")}`;

/** A product's name as it is compared with others of its owner: not by case, nor by blanks. */
export const productNameKey = (name: string): string =>
  name.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");

/** Whether a text that confirms a dangerous action names this product: its slug, name or number. */
export const isConfirmed = (product: Pick<Product, "name" | "id">, confirm?: string): boolean =>
  confirm !== undefined &&
  [productSlug(product), product.name, String(product.id)].includes(confirm);

/** How a product is called in a URL: its name in small letters and its number. */
export const productSlug = ({ name, id }: Pick<Product, "name" | "id">): string => {
  const words = slug(name);
  return words === "" ? String(id) : `${words}-${id}`;
};

/** The number in what stands for a product in a URL, a number or a slug; `undefined` when there is none. */
export const productIdIn = (idOrSlug: string): number | undefined => {
  const digits = /(?:^|-)([1-9]\d{0,14})$/.exec(idOrSlug)?.[1];
  return digits === undefined ? undefined : Number(digits);
};
