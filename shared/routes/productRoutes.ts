import * as z from "zod/mini";
import { productInput } from "../account/product/addProduct.ts";
import { productChange } from "../account/product/changeProduct.ts";
import { roles } from "../account/team/role.ts";
import { removalInput } from "../removal/removeProduct.ts";
import { noInput } from "./replies.ts";
import { route } from "./route.ts";

/** A product, and the caller's role in it; `null` for an API user. */
export const product = z.strictObject({
  id: z.int(),
  platform_id: z.int(),
  name: z.string(),
  slug: z.string(),
  description: z.string(),
  user: z.string(),
  org: z.null(),
  groups: z.array(z.never()),
  settings: z.strictObject({}),
  device_protection: z.literal("disabled"),
  role: z.nullable(z.enum(roles)),
});

/** A product in a reply. */
export type ProductBody = z.input<typeof product>;

/** An example of a product. */
export const thermostat: ProductBody = {
  id: 123_456_789,
  platform_id: 13,
  name: "Thermostat",
  slug: "thermostat-123456789",
  description: "Measures the temperature of a room",
  user: "ada@example.com",
  org: null,
  groups: [],
  settings: {},
  device_protection: "disabled",
  role: "owner",
};

/** The contents of a product. A number that equals `counted_at_most` is a lower bound. */
export const productContents = z.strictObject({
  devices: z.int(),
  integrations: z.int(),
  dead_letters: z.int(),
  counted_at_most: z.int(),
  api_users: z.int(),
  clients: z.int(),
  members: z.int(),
  invitations: z.int(),
  claim_certificates: z.int(),
  firmware_versions: z.int(),
});

/** The contents of a product in a reply. */
export type ProductContentsBody = z.input<typeof productContents>;

/** An example of the contents of a product. */
export const thermostatContents: ProductContentsBody = {
  devices: 2,
  integrations: 1,
  dead_letters: 0,
  counted_at_most: 1_000,
  api_users: 1,
  clients: 0,
  members: 3,
  invitations: 0,
  claim_certificates: 0,
  firmware_versions: 0,
};

const changed = z.strictObject({ ok: z.literal(true), product });

/** The operations on products. */
export const productRoutes = {
  listOrganizations: route({
    method: "GET",
    path: "/v1/orgs",
    access: "token",
    summary: "List organizations: there are none, and Particle's clients ask for them",
    input: noInput,
    replies: { 200: z.strictObject({ organizations: z.array(z.never()) }) },
    example: { input: {}, reply: { organizations: [] } },
    errors: [],
  }),
  listProducts: route({
    method: "GET",
    path: "/v1/products",
    aliases: ["/v1/user/products"],
    access: "products:list",
    summary: "List the products that the caller owns or belongs to",
    input: noInput,
    replies: { 200: z.strictObject({ products: z.array(product) }) },
    example: { input: {}, reply: { products: [thermostat] } },
    errors: [],
  }),
  createProduct: route({
    method: "POST",
    path: "/v1/products",
    aliases: ["/v1/user/products"],
    access: "user",
    audit: { action: "product.create", created: "product.id" },
    summary: "Create a product",
    input: productInput,
    replies: { 200: changed },
    example: {
      input: { name: "Thermostat", platform_id: 13 },
      reply: { ok: true, product: thermostat },
    },
    errors: ["limit_reached", "already_exists", "conflict"],
  }),
  showProduct: route({
    method: "GET",
    path: "/v1/products/{product}",
    versioned: true,
    access: "products:get",
    summary: "Show a product",
    input: noInput,
    replies: { 200: z.strictObject({ product }) },
    example: { input: {}, reply: { product: thermostat } },
    errors: [],
  }),
  changeProduct: route({
    method: "PUT",
    path: "/v1/products/{product}",
    versioned: true,
    access: "products:update",
    audit: { action: "product.update", id: "product" },
    summary: "Change the name, description or platform of a product",
    input: productChange,
    replies: { 200: changed },
    example: {
      input: { name: "Thermostat" },
      reply: { ok: true, product: thermostat },
    },
    errors: ["already_exists", "conflict"],
  }),
  removeProduct: route({
    method: "DELETE",
    path: "/v1/products/{product}",
    versioned: true,
    access: "products:remove",
    audit: { action: "product.remove", id: "product", own: true },
    summary: "Delete a product after a plan and a confirmation",
    input: removalInput,
    replies: {
      200: z.union([
        z.strictObject({ ok: z.literal(true), plan: productContents, confirm: z.string() }),
        z.strictObject({ ok: z.literal(true), removed: z.literal(true) }),
      ]),
      /** `left`: a lower bound of the devices and integrations that remain. Repeat the request. */
      202: z.strictObject({ ok: z.literal(true), removed: z.literal(false), left: z.int() }),
    },
    example: {
      input: { plan: true },
      reply: { ok: true, plan: thermostatContents, confirm: "thermostat-123456789" },
    },
    errors: ["needs_confirmation", "conflict"],
  }),
};
