import * as z from "zod/mini";
import { logInInput } from "../account/user/logIn.ts";
import { done, isoTime, noInput } from "./replies.ts";
import { route } from "./route.ts";

/**
 * A token in a list. `token` is an id, not the text of the token. `expires_at: null`: it never
 * expires.
 */
const listedToken = z.strictObject({
  token: z.string(),
  id: z.string(),
  expires_at: z.nullable(isoTime),
  client: z.string(),
  created_at: z.string(),
});

/** The operations on access tokens. */
export const tokenRoutes = {
  logIn: route({
    method: "POST",
    path: "/oauth/token",
    access: "everyone",
    audit: { action: "token.create", sometimes: true },
    summary: "Get an access token (RFC 6749)",
    input: logInInput,
    replies: {
      200: z.strictObject({
        token_type: z.literal("bearer"),
        access_token: z.string(),
        /** In seconds; 0 means that it never expires. */
        expires_in: z.int(),
        refresh_token: z.optional(z.string()),
      }),
    },
    example: {
      input: {
        grant_type: "password",
        username: "ada@example.com",
        password: "correct horse battery",
        client_id: "particle",
        client_secret: "particle",
      },
      reply: {
        token_type: "bearer",
        access_token: "254406f79c1999af65a7df4388971354f85cfee9",
        expires_in: 7_776_000,
        refresh_token: "b5b901e8760164e134199bc2c3dd1d228acf2d90",
      },
    },
    errors: [
      "invalid_grant",
      "invalid_client",
      "unsupported_grant_type",
      "unauthorized_client",
      "mfa_required",
      "too_many_requests",
      "conflict",
    ],
  }),
  listTokens: route({
    method: "GET",
    path: "/v1/access_tokens",
    access: "token",
    summary: "List the caller's access tokens",
    input: noInput,
    replies: { 200: z.array(listedToken) },
    example: {
      input: {},
      reply: [
        {
          token: "9f86d081884c",
          id: "9f86d081884c",
          expires_at: "2026-03-01T00:00:00.000Z",
          client: "particle",
          created_at: "2025-12-01T00:00:00.000Z",
        },
      ],
    },
    // The last three: with HTTP Basic in place of a token.
    errors: ["invalid_grant", "mfa_required", "too_many_requests"],
  }),
  tokenRevocation: route({
    method: "DELETE",
    path: "/v1/access_tokens",
    access: "token",
    audit: { action: "token.revoke" },
    summary: "Revoke all access tokens of the caller",
    input: noInput,
    replies: { 200: done },
    example: { input: {}, reply: { ok: true } },
    errors: [],
  }),
  showCurrentToken: route({
    method: "GET",
    path: "/v1/access_tokens/current",
    access: "token",
    summary: "Show the access token of the request",
    input: noInput,
    replies: {
      200: z.strictObject({
        expires_at: z.nullable(isoTime),
        client: z.string(),
        client_id: z.string(),
        scopes: z.array(z.string()),
        orgs: z.array(z.never()),
      }),
    },
    example: {
      input: {},
      reply: {
        expires_at: null,
        client: "particle",
        client_id: "particle",
        scopes: [],
        orgs: [],
      },
    },
    errors: [],
  }),
  revokeCurrentToken: route({
    method: "DELETE",
    path: "/v1/access_tokens/current",
    access: "token",
    audit: { action: "token.revoke" },
    summary: "Revoke the access token of the request",
    input: noInput,
    replies: { 200: done },
    example: { input: {}, reply: { ok: true } },
    errors: [],
  }),
  revokeToken: route({
    method: "DELETE",
    path: "/v1/access_tokens/{token}",
    access: "everyone",
    audit: { action: "token.revoke", sometimes: true },
    summary: "Revoke an access token by its text, or by its id with a token of the same user",
    input: z.object({ token: z.string() }),
    replies: { 200: done },
    example: {
      input: { token: "254406f79c1999af65a7df4388971354f85cfee9" },
      reply: { ok: true },
    },
    errors: ["invalid_token"],
  }),
};
