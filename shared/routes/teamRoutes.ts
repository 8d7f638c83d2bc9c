import * as z from "zod/mini";
import { usernameCharsMax } from "../account/limits.ts";
import { apiUserInput } from "../account/oauth/manageApiUsers.ts";
import { scopeList } from "../account/oauth/scopeList.ts";
import { memberInput } from "../account/team/inviteMember.ts";
import { invitationIdCharsMax } from "../account/team/limits.ts";
import { assignableRole, roleInput } from "../account/team/role.ts";
import { transferInput } from "../account/transfer/offerProduct.ts";
import { product, productContents, thermostat, thermostatContents } from "./productRoutes.ts";
import { isoTime, noBody, noInput } from "./replies.ts";
import { route } from "./route.ts";

/** The id in a path is compared in small letters. */
const memberName = z.object({
  username: z.string().check(z.toLowerCase(), z.maxLength(usernameCharsMax)),
});
const invitationId = z.object({
  invitation: z.string().check(z.maxLength(invitationIdCharsMax)),
});
const transferId = z.object({ transfer: z.string().check(z.maxLength(invitationIdCharsMax)) });

const owner = z.strictObject({
  username: z.string(),
  is_programmatic: z.literal(false),
  role: z.literal("owner"),
  product_id: z.int(),
  since: isoTime,
});
const member = z.strictObject({
  username: z.string(),
  is_programmatic: z.literal(false),
  role: assignableRole,
  product_id: z.int(),
  since: isoTime,
  invited_by: z.string(),
});
const apiUser = z.strictObject({
  username: z.string(),
  friendly_name: z.string(),
  is_programmatic: z.literal(true),
  scopes: z.array(z.string()),
  product_id: z.int(),
});
/** An API user with its token, which is shown once. */
const newApiUser = z.extend(apiUser, {
  tokens: z.array(z.strictObject({ token: z.string() })),
});
const invitation = z.strictObject({
  id: z.string(),
  username: z.string(),
  role: assignableRole,
  invited_by: z.string(),
  created_at: isoTime,
  expires_at: isoTime,
});
const offer = z.strictObject({
  id: z.string(),
  username: z.string(),
  offered_by: z.string(),
  created_at: isoTime,
  expires_at: isoTime,
});
const productName = z.strictObject({ id: z.int(), name: z.string(), slug: z.string() });

/** The people and API users of a team, invitations and offers, in replies. */
export type OwnerBody = z.input<typeof owner>;
export type MemberBody = z.input<typeof member>;
export type ApiUserBody = z.input<typeof apiUser>;
export type InvitationBody = z.input<typeof invitation>;
export type OfferBody = z.input<typeof offer>;

const times = { created_at: "2026-01-01T00:00:00.000Z", expires_at: "2026-01-15T00:00:00.000Z" };
const anInvitation: InvitationBody = {
  id: "123456789-0a1b2c3d4e5f",
  username: "grace@example.com",
  role: "developer",
  invited_by: "ada@example.com",
  ...times,
};
const anOffer: OfferBody = {
  id: "123456789-5f4e3d2c1b0a",
  username: "grace@example.com",
  offered_by: "ada@example.com",
  ...times,
};
const aProgram: ApiUserBody = {
  username: "reports+0a1b2c3d4e@api.godwit",
  friendly_name: "Reports",
  is_programmatic: true,
  scopes: ["devices:list"],
  product_id: 123_456_789,
};
const aNewProgram = {
  ...aProgram,
  tokens: [{ token: "254406f79c1999af65a7df4388971354f85cfee9" }],
};
const anOwner: OwnerBody = {
  username: "ada@example.com",
  is_programmatic: false,
  role: "owner",
  product_id: 123_456_789,
  since: "2026-01-01T00:00:00.000Z",
};
const aName = { id: 123_456_789, name: "Thermostat", slug: "thermostat-123456789" };

/** The operations on the team of a product, and on invitations and offers to the caller. */
export const teamRoutes = {
  showTeam: route({
    method: "GET",
    path: "/v1/products/{product}/team",
    access: "teams.users:list",
    summary: "List the people and API users of a product",
    input: noInput,
    replies: {
      200: z.strictObject({
        ok: z.literal(true),
        team: z.array(z.union([owner, member, apiUser])),
        invitations: z.array(invitation),
        transfer: z.nullable(offer),
      }),
    },
    example: {
      input: {},
      reply: { ok: true, team: [anOwner, aProgram], invitations: [anInvitation], transfer: null },
    },
    errors: [],
  }),
  addMember: route({
    method: "POST",
    path: "/v1/products/{product}/team",
    access: "teams.users:invite",
    audit: { action: "member.create", id: "username", created: "created.username" },
    summary: "Invite a person to a product, or create an API user",
    input: z.union([memberInput, apiUserInput], {
      error: "name a person by username, or a program by friendly_name and scopes",
    }),
    replies: {
      200: z.union([
        z.strictObject({ ok: z.literal(true), invitation }),
        z.strictObject({ ok: z.literal(true), created: newApiUser }),
      ]),
    },
    example: {
      input: { username: "grace@example.com", role: "developer" },
      reply: { ok: true, invitation: anInvitation },
    },
    errors: ["already_exists", "limit_reached", "conflict"],
  }),
  changeMember: route({
    method: "PUT",
    path: "/v1/products/{product}/team/{username}",
    access: "teams.users:update",
    audit: { action: "member.update", id: "username" },
    summary: "Change the role of a person or the scopes of an API user",
    input: z.union(
      [z.extend(memberName, { role: roleInput }), z.extend(memberName, { scopes: scopeList })],
      { error: "name the role of a person, or the scopes of an API user" },
    ),
    replies: {
      200: z.strictObject({
        ok: z.literal(true),
        updated: z.union([
          z.strictObject({ username: z.string(), role: assignableRole }),
          newApiUser,
        ]),
      }),
    },
    example: {
      input: { username: "grace@example.com", role: "support" },
      reply: { ok: true, updated: { username: "grace@example.com", role: "support" } },
    },
    errors: ["refused", "conflict"],
  }),
  removeMember: route({
    method: "DELETE",
    path: "/v1/products/{product}/team/{username}",
    access: "teams.users:leave",
    audit: { action: "member.remove", id: "username" },
    summary: "Remove a person or an API user from a product, or leave it",
    input: memberName,
    replies: { 204: noBody },
    example: { input: { username: "grace@example.com" }, reply: undefined },
    errors: ["refused", "conflict"],
  }),
  renewApiUserToken: route({
    method: "PUT",
    path: "/v1/products/{product}/team/{username}/token",
    access: "teams.users:update",
    audit: { action: "member.renew_token", id: "username" },
    summary: "Replace the token of an API user",
    input: memberName,
    replies: { 200: z.strictObject({ ok: z.literal(true), created: newApiUser }) },
    example: {
      input: { username: aProgram.username },
      reply: { ok: true, created: aNewProgram },
    },
    errors: ["conflict"],
  }),
  offerProduct: route({
    method: "POST",
    path: "/v1/products/{product}/transfer",
    access: "products:transfer",
    audit: { action: "transfer.offer", id: "username" },
    summary: "Offer the ownership of a product to a member of its team, after a plan",
    input: transferInput,
    replies: {
      200: z.union([
        z.strictObject({ ok: z.literal(true), transfer: offer }),
        z.strictObject({
          ok: z.literal(true),
          plan: z.extend(productContents, {
            from: z.string(),
            to: z.string(),
            /** The role of each of the two people afterwards. */
            roles: z.record(z.string(), z.string()),
          }),
          confirm: z.string(),
        }),
      ]),
    },
    example: {
      input: { username: "grace@example.com", plan: true },
      reply: {
        ok: true,
        plan: {
          from: "ada@example.com",
          to: "grace@example.com",
          roles: { "ada@example.com": "administrator", "grace@example.com": "owner" },
          ...thermostatContents,
        },
        confirm: "thermostat-123456789",
      },
    },
    errors: ["needs_confirmation", "refused", "limit_reached", "already_exists", "conflict"],
  }),
  withdrawOffer: route({
    method: "DELETE",
    path: "/v1/products/{product}/transfer",
    access: "products:transfer",
    audit: { action: "transfer.withdraw" },
    summary: "Withdraw the offer of a product's ownership",
    input: noInput,
    replies: { 204: noBody },
    example: { input: {}, reply: undefined },
    errors: ["conflict"],
  }),
  listOffers: route({
    method: "GET",
    path: "/v1/user/transfers",
    access: "user",
    summary: "List the products that are offered to the caller",
    input: noInput,
    replies: {
      200: z.strictObject({ transfers: z.array(z.extend(offer, { product: productName })) }),
    },
    example: { input: {}, reply: { transfers: [{ ...anOffer, product: aName }] } },
    errors: [],
  }),
  acceptOffer: route({
    method: "POST",
    path: "/v1/user/transfers/{transfer}",
    access: "user",
    audit: { action: "transfer.accept", id: "transfer" },
    summary: "Accept the ownership of a product",
    input: transferId,
    replies: { 200: z.strictObject({ ok: z.literal(true), product }) },
    example: { input: { transfer: anOffer.id }, reply: { ok: true, product: thermostat } },
    errors: ["limit_reached", "already_exists", "conflict"],
  }),
  declineOffer: route({
    method: "DELETE",
    path: "/v1/user/transfers/{transfer}",
    access: "user",
    audit: { action: "transfer.decline", id: "transfer" },
    summary: "Decline the ownership of a product",
    input: transferId,
    replies: { 204: noBody },
    example: { input: { transfer: anOffer.id }, reply: undefined },
    errors: ["conflict"],
  }),
  listInvitations: route({
    method: "GET",
    path: "/v1/user/invitations",
    access: "user",
    summary: "List the invitations to the caller",
    input: noInput,
    replies: {
      200: z.strictObject({
        invitations: z.array(z.extend(invitation, { product: productName })),
      }),
    },
    example: { input: {}, reply: { invitations: [{ ...anInvitation, product: aName }] } },
    errors: [],
  }),
  acceptInvitation: route({
    method: "POST",
    path: "/v1/user/invitations/{invitation}",
    access: "user",
    audit: { action: "invitation.accept", id: "invitation" },
    summary: "Accept an invitation to a product",
    input: invitationId,
    replies: { 200: z.strictObject({ ok: z.literal(true), product }) },
    example: {
      input: { invitation: anInvitation.id },
      reply: { ok: true, product: { ...thermostat, role: "developer" } },
    },
    errors: ["conflict"],
  }),
  declineInvitation: route({
    method: "DELETE",
    path: "/v1/user/invitations/{invitation}",
    access: "user",
    audit: { action: "invitation.decline", id: "invitation" },
    summary: "Decline an invitation to a product",
    input: invitationId,
    replies: { 204: noBody },
    example: { input: { invitation: anInvitation.id }, reply: undefined },
    errors: ["conflict"],
  }),
};
