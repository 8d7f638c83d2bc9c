import type { FormerOwner, Offer, Product, ProductContent, Removal } from "./product.ts";

/** The fields of a product that can be changed. */
export type ProductChange = Partial<Pick<Product, "name" | "description" | "platformId">>;

/** Changes and removes products. `Accounts` finds them. */
export interface ProductStore {
  /**
   * Changes only the given fields. Returns `false` when a given field of `before` differs, or the
   * product is removed.
   */
  change(
    id: number,
    change: ProductChange,
    before: Pick<Product, "name" | "owner"> & Partial<ProductContent>,
  ): Promise<boolean>;
  /**
   * Marks the product as removed: it is found only with `removed`. The first removal is kept. Fails
   * with `not_found`, also when the owner has changed, or another given field.
   */
  beginRemoval(
    product: Pick<Product, "id" | "owner"> & Partial<ProductContent>,
    removal: Removal,
  ): Promise<void>;
  /**
   * Completes the removal and removes the product from its owner's list. The row expires at
   * `expiresAt`, in milliseconds since 1970.
   */
  endRemoval(id: number, expiresAt: number): Promise<void>;
  /**
   * Stores an offer. Returns `false` when the owner or the open offer differs from `before`, or the
   * product is removed.
   */
  putOffer(before: Pick<Product, "id" | "owner" | "offer">, offer: Offer): Promise<boolean>;
  /** Removes this offer. Returns `false` when it is not open. */
  endOffer(id: number, offer: string): Promise<boolean>;
  /**
   * Transfers the product to another user and removes its offer. Returns `false` when the owner,
   * name or offer differs from `before`, or the product is removed.
   */
  changeOwner(
    before: Pick<Product, "id" | "owner" | "name" | "offer">,
    owner: string,
    formerOwners: readonly FormerOwner[],
  ): Promise<boolean>;
}

/** A product name, unique among the products of one owner. */
export interface ProductName {
  /** The fleet of the owner, which does not change when the owner is renamed. */
  readonly ownerFleet: string;
  /** The normalized name. */
  readonly key: string;
  readonly product: number;
  /** Time of the reservation, in milliseconds since 1970. */
  readonly at: number;
}

/** Reserves product names: of concurrent requests for one name, exactly one succeeds. */
export interface ProductNames {
  /**
   * Reserves a free name, or replaces the reservation `instead`. Returns the reservation of another
   * product, or `undefined` on success.
   */
  reserve(name: ProductName, instead?: ProductName): Promise<ProductName | undefined>;
  /** Releases the name if this product has it. */
  release(name: Pick<ProductName, "ownerFleet" | "key" | "product">): Promise<void>;
}
