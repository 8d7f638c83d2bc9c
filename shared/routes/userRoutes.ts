import * as z from "zod/mini";
import { addressConfirmation } from "../account/mail/changeAddress.ts";
import { resetInput, resetRequest } from "../account/mail/resetPassword.ts";
import { confirmInput, disableInput } from "../account/mfa/enableSecondFactor.ts";
import { signUpInput } from "../account/user/addUser.ts";
import { userChange } from "../account/user/changeUser.ts";
import { ownRemoval } from "../removal/removeOwnUser.ts";
import { done, noInput } from "./replies.ts";
import { route } from "./route.ts";

const user = z.strictObject({
  username: z.string(),
  tos: z.literal(0),
  account_info: z.strictObject({
    first_name: z.optional(z.string()),
    last_name: z.optional(z.string()),
    business_account: z.optional(z.boolean()),
    company_name: z.optional(z.string()),
  }),
  mfa: z.strictObject({ enabled: z.boolean() }),
  memberships: z.array(z.never()),
  scim_provisioned: z.literal(false),
  no_password: z.literal(false),
  wifi_device_count: z.literal(0),
  cellular_device_count: z.literal(0),
});

/** A user in a reply. */
export type UserBody = z.input<typeof user>;

const ada: UserBody = {
  username: "ada@example.com",
  tos: 0,
  account_info: { first_name: "Ada", last_name: "Lovelace" },
  mfa: { enabled: false },
  memberships: [],
  scim_provisioned: false,
  no_password: false,
  wifi_device_count: 0,
  cellular_device_count: 0,
};

/** The operations on the caller's user account. */
export const userRoutes = {
  signUp: route({
    method: "POST",
    path: "/v1/users",
    access: "everyone",
    audit: { action: "user.create" },
    summary: "Create a user account",
    input: signUpInput,
    replies: { 200: done },
    example: {
      input: { username: "ada@example.com", password: "correct horse battery" },
      reply: { ok: true },
    },
    errors: ["already_exists", "refused"],
  }),
  showUser: route({
    method: "GET",
    path: "/v1/user",
    access: "token",
    summary: "Show the caller's user account",
    input: noInput,
    replies: { 200: user },
    example: { input: {}, reply: ada },
    errors: ["unauthorized"],
  }),
  changeUser: route({
    method: "PUT",
    path: "/v1/user",
    access: "user",
    audit: { action: "user.update" },
    summary: "Change the caller's account information, username or password",
    input: userChange,
    replies: {
      200: z.extend(user, {
        ok: z.literal(true),
        /** The new username while its e-mail address is not confirmed. */
        pending_username: z.optional(z.string()),
      }),
    },
    example: {
      input: { account_info: { first_name: "Ada", last_name: "Lovelace" } },
      reply: { ok: true, ...ada },
    },
    errors: ["invalid_grant", "too_many_requests", "refused", "conflict", "already_exists"],
  }),
  removeUser: route({
    method: "DELETE",
    path: "/v1/user",
    access: "user",
    audit: { action: "user.remove" },
    summary: "Delete the caller's user account",
    input: ownRemoval,
    replies: { 200: done },
    example: { input: { password: "correct horse battery" }, reply: { ok: true } },
    errors: ["invalid_grant", "too_many_requests", "needs_confirmation", "conflict"],
  }),
  requestReset: route({
    method: "POST",
    path: "/v1/user/password-reset",
    access: "everyone",
    audit: { none: "nothing changes until the token of the mail is used" },
    summary: "Send a mail with a token that resets the password",
    input: resetRequest,
    replies: { 200: done },
    example: { input: { username: "ada@example.com" }, reply: { ok: true } },
    errors: ["refused", "too_many_requests"],
  }),
  resetPassword: route({
    method: "PUT",
    path: "/v1/user/password-reset",
    access: "everyone",
    audit: { action: "user.reset_password" },
    summary: "Reset the password with the token of a mail",
    input: resetInput,
    replies: { 200: done },
    example: {
      input: { token: "c4f3a1d2", password: "a new long password" },
      reply: { ok: true },
    },
    errors: ["invalid_grant", "conflict"],
  }),
  confirmAddress: route({
    method: "PUT",
    path: "/v1/user/change-address",
    access: "everyone",
    audit: { action: "user.rename" },
    summary: "Confirm a new username with the token of a mail",
    input: addressConfirmation,
    replies: { 200: z.strictObject({ ok: z.literal(true), username: z.string() }) },
    example: { input: { token: "c4f3a1d2" }, reply: { ok: true, username: "ada@example.com" } },
    errors: ["invalid_grant", "already_exists", "conflict"],
  }),
  startMfa: route({
    method: "GET",
    path: "/v1/user/mfa-enable",
    access: "user",
    summary: "Start the enrolment of a second factor",
    input: noInput,
    replies: {
      200: z.strictObject({
        ok: z.literal(true),
        mfa_token: z.string(),
        /** The `otpauth:` URI for an authenticator app. */
        qr_url: z.string(),
        secret: z.string(),
      }),
    },
    example: {
      input: {},
      reply: {
        ok: true,
        mfa_token: "6c1b0e2f",
        qr_url: "otpauth://totp/Godwit:ada%40example.com?secret=JBSWY3DPEHPK3PXP",
        secret: "JBSWY3DPEHPK3PXP",
      },
    },
    errors: ["already_exists", "too_many_requests"],
  }),
  confirmMfa: route({
    method: "POST",
    path: "/v1/user/mfa-enable",
    access: "user",
    audit: { action: "user.enable_mfa" },
    summary: "Complete the enrolment of a second factor with a one-time password",
    input: confirmInput,
    replies: {
      200: z.strictObject({
        ok: z.literal(true),
        enrolled: z.literal(true),
        tokens: z.array(z.never()),
        /** Shown once. */
        recovery_codes: z.array(z.string()),
      }),
    },
    example: {
      input: { mfa_token: "6c1b0e2f", otp: "123456" },
      reply: { ok: true, enrolled: true, tokens: [], recovery_codes: ["7ad2-93fc-10be"] },
    },
    errors: ["invalid_grant", "already_exists", "too_many_requests", "conflict"],
  }),
  disableMfa: route({
    method: "PUT",
    path: "/v1/user/mfa-disable",
    access: "user",
    audit: { action: "user.disable_mfa" },
    summary: "Disable the second factor",
    input: disableInput,
    replies: { 200: done },
    example: { input: { current_password: "correct horse battery" }, reply: { ok: true } },
    errors: ["invalid_grant", "too_many_requests"],
  }),
};
