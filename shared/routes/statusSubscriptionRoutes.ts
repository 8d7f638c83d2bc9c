import * as z from "zod/mini";
import { component } from "../alarm/component.ts";
import { subscriptionInput } from "../notice/subscription/subscribe.ts";
import { done, isoTime } from "./replies.ts";
import { route } from "./route.ts";

const token = z.string().check(z.minLength(1), z.maxLength(200));

/** The subscription that a link belongs to. Its address is not shown. */
const shown = z.strictObject({
  ok: z.literal(true),
  kind: z.enum(["email", "webhook"]),
  components: z.array(component),
  regions: z.array(z.string()),
  active: z.boolean(),
});

const requested = z.strictObject({
  ok: z.literal(true),
  message: z.string(),
  /** Of a webhook, once: its id, the secret of its signatures and the token that ends it. */
  id: z.optional(z.string()),
  signing_secret: z.optional(z.string()),
  token: z.optional(z.string()),
});

/** A requested subscription in a reply. */
export type RequestedBody = z.input<typeof requested>;

/** The field that a mail program sends with a one-click unsubscription. RFC 8058, 3.1. */
const oneClick = "List-Unsubscribe";

const contact = z.strictObject({
  id: z.string(),
  kind: z.enum(["email", "webhook"]),
  target: z.string(),
  components: z.array(component),
  regions: z.array(z.string()),
  confirmed_at: isoTime,
});

/** A contact of a product in a reply. */
export type ContactBody = z.input<typeof contact>;

const base = "/v1/status/subscriptions";
const mailed =
  "If the address is valid, it gets a mail with a link that confirms the subscription.";
const aToken = "s-0123456789abcdef01234567.Xb2f…";

/** The operations on subscriptions of the status page, and on contacts of products. */
export const statusSubscriptionRoutes = {
  requestSubscription: route({
    method: "POST",
    path: base,
    access: "everyone",
    audit: { none: "a subscription belongs to no fleet" },
    summary: "Subscribe an address or a webhook to the status page; it must be confirmed",
    input: subscriptionInput,
    replies: { 202: requested },
    example: {
      input: { email: "ada@example.com", components: ["events"] },
      reply: { ok: true, message: mailed },
    },
    errors: ["refused", "too_many_requests"],
    page: true,
  }),
  showConfirmation: route({
    method: "GET",
    path: `${base}/confirm`,
    access: "everyone",
    summary: "Show the subscription that a mailed link confirms, without confirming it",
    input: z.object({ token }),
    replies: { 200: shown },
    example: {
      input: { token: aToken },
      reply: { ok: true, kind: "email", components: ["events"], regions: [], active: false },
    },
    errors: ["invalid_grant"],
    page: true,
  }),
  confirmSubscription: route({
    method: "POST",
    path: `${base}/confirm`,
    access: "everyone",
    audit: { none: "a subscription belongs to no fleet" },
    summary: "Confirm a subscription by the token of a mailed link",
    input: z.object({ token }),
    replies: { 200: done },
    example: { input: { token: aToken }, reply: { ok: true } },
    errors: ["invalid_grant", "limit_reached"],
    page: true,
  }),
  showUnsubscription: route({
    method: "GET",
    path: `${base}/unsubscribe`,
    access: "everyone",
    summary: "Show the subscription that a link ends, without ending it",
    input: z.object({ token }),
    replies: { 200: shown },
    example: {
      input: { token: aToken },
      reply: { ok: true, kind: "email", components: ["events"], regions: [], active: true },
    },
    errors: ["invalid_grant", "not_found"],
    page: true,
  }),
  unsubscribe: route({
    method: "POST",
    path: `${base}/unsubscribe`,
    access: "everyone",
    audit: { none: "a subscription belongs to no fleet" },
    summary:
      "End a subscription by the token of a link; also the one-click request of mail programs",
    input: z.object({ token, [oneClick]: z.optional(z.literal("One-Click")) }),
    replies: { 200: done },
    example: { input: { token: aToken }, reply: { ok: true } },
    errors: ["invalid_grant"],
    page: true,
  }),
  listContacts: route({
    method: "GET",
    path: "/v1/products/{product}/status/contacts",
    access: "products:get",
    summary: "List the contacts of a product, who get messages about incidents with its numbers",
    input: z.object({}),
    replies: { 200: z.strictObject({ contacts: z.array(contact) }) },
    example: { input: {}, reply: { contacts: [] } },
    errors: [],
  }),
  addContact: route({
    method: "POST",
    path: "/v1/products/{product}/status/contacts",
    access: "products:update",
    audit: { action: "contact.create" },
    summary: "Add a contact to a product: an address or a webhook, which must be confirmed",
    input: subscriptionInput,
    replies: { 202: requested },
    example: {
      input: { email: "ops@example.com" },
      reply: { ok: true, message: mailed },
    },
    errors: ["refused", "too_many_requests", "limit_reached"],
  }),
  removeContact: route({
    method: "DELETE",
    path: "/v1/products/{product}/status/contacts",
    access: "products:update",
    audit: { action: "contact.remove" },
    summary: "Remove a contact of a product",
    input: z.object({ id: z.string().check(z.maxLength(64)) }),
    replies: { 200: done },
    example: { input: { id: "p7-0123456789abcdef01234567" }, reply: { ok: true } },
    errors: [],
  }),
};
