/** Addresses and webhooks that get messages about incidents. */
export interface Contacts {
  /** Removes the contacts of a product. */
  removeOfProduct(product: number): Promise<void>;
  /** Removes the subscription of an address that was the name of a user. */
  removeOfUser(username: string): Promise<void>;
}
