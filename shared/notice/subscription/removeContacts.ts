import type { Contacts } from "../../removal/contacts.ts";
import { fanOutPageMax } from "../limits.ts";
import { contactPrefix, type Subscriptions, subscriptionId } from "./subscription.ts";

/** Removes the contacts of removed products, and the subscriptions of removed users. */
export const removableContacts = ({
  subscriptions,
}: {
  subscriptions: Pick<Subscriptions, "page" | "remove">;
}): Contacts => ({
  async removeOfProduct(product) {
    const prefix = contactPrefix(product);
    let after: string | undefined;
    do {
      const page = await subscriptions.page({ prefix, limit: fanOutPageMax, after });
      for (const { id } of page.subscriptions) await subscriptions.remove(id);
      after = page.next;
    } while (after !== undefined);
  },
  async removeOfUser(username) {
    const address = username.toLowerCase();
    await subscriptions.remove(subscriptionId({ kind: "email", address }, undefined));
  },
});
