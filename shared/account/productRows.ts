import type { Product, Removal } from "./product.ts";

/** What may be changed of a product. */
export type ProductChange = Partial<Pick<Product, "name" | "description" | "platformId">>;

/** Products as they are changed and removed. `Accounts` finds the ones that are there. */
export interface ProductRows {
  /** Changes what is given. Answers `false` when it has another name than `before` by now, or is removed. */
  change(id: number, change: ProductChange, before: Pick<Product, "name">): Promise<boolean>;
  /** From here on it is found only with `removed`. The first removal stays. Fails with `not_found`. */
  beginRemoval(id: number, removal: Removal): Promise<void>;
  /** It is nobody's any more. The row goes at `expiresAt`, in milliseconds since 1970. */
  endRemoval(id: number, expiresAt: number): Promise<void>;
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
  take(name: ProductName, instead?: ProductName): Promise<ProductName | undefined>;
  /** Gives it back, if this product has it. */
  giveBack(name: Pick<ProductName, "ownerFleet" | "key" | "product">): Promise<void>;
}
