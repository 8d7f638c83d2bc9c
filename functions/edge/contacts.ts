import type { Tables } from "#shared/aws/call/tables.ts";
import { dynamoSubscriptions } from "#shared/aws/notice/subscriptions.ts";
import { removableContacts } from "#shared/notice/subscription/removeContacts.ts";
import type { Contacts } from "#shared/removal/contacts.ts";

/** Opens the removal of contacts in the table of operations. */
export const openContacts = (db: Tables, table: string): Contacts =>
  removableContacts({ subscriptions: dynamoSubscriptions(db, table, Date.now) });
