import * as z from "zod/mini";
import { sessionCode } from "../account/session/sessionLink.ts";
import { signInInput } from "../account/session/signIn.ts";
import { done, isoTime, noInput } from "./replies.ts";
import { route } from "./route.ts";

const session = z.strictObject({
  signed_in: z.literal(true),
  username: z.string(),
  /** The end of the session, unless it is renewed. */
  expires_at: isoTime,
  /** The value of the header `X-CSRF-Token` of requests that change something. */
  csrf_token: z.string(),
  /** Whether the session may also use the routes of operations. */
  operator: z.boolean(),
});

/** A browser session in a reply. */
export type SessionBody = z.input<typeof session>;

const adas: SessionBody = {
  signed_in: true,
  username: "ada@example.com",
  expires_at: "2026-03-01T00:00:00.000Z",
  csrf_token: "2u1mmgHbtJjhM2kUQe2F3hHcRzxzXr2E0yCqXEo9X2k",
  operator: false,
};

/** The operations on the session of a browser: a cookie in place of an access token. */
export const sessionRoutes = {
  signIn: route({
    method: "POST",
    path: "/v1/session",
    access: "everyone",
    audit: { action: "session.create" },
    summary: "Sign a browser in with a password; the reply sets a cookie",
    input: signInInput,
    replies: { 200: session },
    example: {
      input: { username: "ada@example.com", password: "correct horse battery" },
      reply: adas,
    },
    errors: ["invalid_grant", "mfa_required", "too_many_requests", "cross_origin"],
  }),
  showSession: route({
    method: "GET",
    path: "/v1/session",
    access: "everyone",
    summary: "Show the session of the browser, and renew it",
    input: noInput,
    replies: {
      200: z.discriminatedUnion("signed_in", [
        session,
        z.strictObject({ signed_in: z.literal(false) }),
      ]),
    },
    example: { input: {}, reply: adas },
    errors: ["invalid_token", "cross_origin"],
  }),
  signOut: route({
    method: "DELETE",
    path: "/v1/session",
    access: "everyone",
    audit: { action: "session.remove", sometimes: true },
    summary: "End the session of the browser",
    input: noInput,
    replies: { 200: done },
    example: { input: {}, reply: { ok: true } },
    errors: ["cross_origin", "invalid_csrf_token"],
  }),
  redeemSessionLink: route({
    method: "POST",
    path: "/v1/session/link",
    access: "everyone",
    audit: { action: "session.create" },
    summary: "Sign a browser in with the code of a link from the operator",
    input: z.object({ code: sessionCode }),
    replies: { 200: session },
    example: {
      input: { code: "3f1c5b0e9a77d24c8e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9010203040506" },
      reply: adas,
    },
    errors: ["invalid_grant", "cross_origin"],
  }),
  signOutEverywhere: route({
    method: "DELETE",
    path: "/v1/sessions",
    access: "user",
    audit: { action: "token.revoke" },
    summary: "End all browser sessions of the caller, and revoke all access tokens",
    input: noInput,
    replies: { 200: done },
    example: { input: {}, reply: { ok: true } },
    errors: [],
  }),
};
