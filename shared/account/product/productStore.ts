import type { FormerOwner, Offer, Product, Removal } from "./product.ts";

/** What may be changed of a product. */
export type ProductChange = Partial<Pick<Product, "name" | "description" | "platformId">>;

/** Products as they are changed and removed. `Accounts` finds the ones that are there. */
export interface ProductStore {
  /** Changes what is given. Answers `false` when it has another name or owner than `before` by now, or is removed. */
  change(
    id: number,
    change: ProductChange,
    before: Pick<Product, "name" | "owner">,
  ): Promise<boolean>;
  /** From here on it is found only with `removed`. The first removal stays. Fails with `not_found`, also when it has another owner by now. */
  beginRemoval(product: Pick<Product, "id" | "owner">, removal: Removal): Promise<void>;
  /** It is nobody's any more. The row goes at `expiresAt`, in milliseconds since 1970. */
  endRemoval(id: number, expiresAt: number): Promise<void>;
  /**
   * Offers it. Answers `false` when it has another owner than `before` by now, is removed, or has another open offer
   * than `before`.
   */
  putOffer(before: Pick<Product, "id" | "owner" | "offer">, offer: Offer): Promise<boolean>;
  /** Ends this offer. Answers `false` when it is not open any more. */
  endOffer(id: number, offer: string): Promise<boolean>;
  /**
   * Gives it to another user, and ends its offer. Answers `false` when it has another owner, name or offer than `before` by now,
   * or is removed.
   */
  changeOwner(
    before: Pick<Product, "id" | "owner" | "name" | "offer">,
    owner: string,
    formerOwners: readonly FormerOwner[],
  ): Promise<boolean>;
}

/** A name that a product has among those of its owner. */
export interface ProductName {
  /** The owner's fleet, which stays when the owner takes another name. */
  readonly ownerFleet: string;
  /** The name as it is compared. */
  readonly key: string;
  readonly product: number;
  /** When it was taken, in milliseconds since 1970. */
  readonly at: number;
}

/** Which names are taken: of all who take one, one gets it. */
export interface ProductNames {
  /** Takes a free name, or that of `instead`. Answers who has it if that is another product; `undefined` when it is ours. */
  reserve(name: ProductName, instead?: ProductName): Promise<ProductName | undefined>;
  /** Gives it back, if this product has it. */
  release(name: Pick<ProductName, "ownerFleet" | "key" | "product">): Promise<void>;
}
