import * as z from "zod/mini";
import { oauthClientChange, oauthClientInput } from "../account/oauth/manageOAuthClients.ts";
import { noBody, noInput } from "./replies.ts";
import { route } from "./route.ts";

const client = z.strictObject({
  name: z.string(),
  type: z.enum(["installed", "web"]),
  id: z.string(),
  redirect_uri: z.optional(z.string()),
  product_id: z.optional(z.int()),
  /** The scopes of its tokens, separated by spaces. Without it, they are not limited. */
  scope: z.optional(z.string()),
});

/** An OAuth client in a reply, without its secret. */
export type OAuthClientBody = z.input<typeof client>;

const app: OAuthClientBody = {
  name: "Dashboard",
  type: "installed",
  id: "dashboard-4f1a2b3c4d5e",
  scope: "devices:list events:get",
};

/** The operations on OAuth clients of the caller or of a product. */
export const clientRoutes = {
  listClients: route({
    method: "GET",
    path: "/v1/clients",
    product: { access: "clients:list" },
    access: "user",
    summary: "List OAuth clients",
    input: noInput,
    replies: { 200: z.strictObject({ ok: z.literal(true), clients: z.array(client) }) },
    example: { input: {}, reply: { ok: true, clients: [app] } },
    errors: [],
  }),
  createClient: route({
    method: "POST",
    path: "/v1/clients",
    product: { access: "clients:create" },
    access: "user",
    audit: { action: "client.create", created: "client.id" },
    summary: "Create an OAuth client",
    input: oauthClientInput,
    replies: {
      200: z.strictObject({
        ok: z.literal(true),
        /** The secret is shown once. */
        client: z.extend(client, { secret: z.string() }),
      }),
    },
    example: {
      input: { name: "Dashboard", type: "installed", scope: "devices:list events:get" },
      reply: { ok: true, client: { ...app, secret: "d6e5c1b2a39f8e7d6c5b4a3f2e1d0c9b8a7f6e5d" } },
    },
    errors: ["limit_reached"],
  }),
  updateClient: route({
    method: "PUT",
    path: "/v1/clients/{client}",
    product: { access: "clients:update" },
    access: "user",
    audit: { action: "client.update", id: "client" },
    summary: "Change the name or the scopes of an OAuth client",
    input: oauthClientChange,
    replies: { 200: z.strictObject({ ok: z.literal(true), client }) },
    example: {
      input: { client: app.id, name: "Dashboard" },
      reply: { ok: true, client: app },
    },
    errors: [],
  }),
  removeClient: route({
    method: "DELETE",
    path: "/v1/clients/{client}",
    product: { access: "clients:remove" },
    access: "user",
    audit: { action: "client.remove", id: "client" },
    summary: "Delete an OAuth client and its tokens",
    input: z.object({ client: z.string().check(z.maxLength(200)) }),
    replies: { 204: noBody },
    example: { input: { client: app.id }, reply: undefined },
    errors: [],
  }),
};
