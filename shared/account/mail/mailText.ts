import { invitationDays, transferOfferDays } from "../team/limits.ts";
import { addressTokenMinutes, resetTokenMinutes } from "./limits.ts";
import type { Mail } from "./mail.ts";

/** What somebody else chose, made fit for one line: without control characters, and cut. */
const oneLine = (text: string): string => {
  const line = text.replaceAll(/\p{Cc}+/gu, " ");
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
};

const lines = (...all: string[]): string => `${all.join("\n")}\n`;

/** The mail with the token that replaces a password. */
export const resetMail = (to: string, token: string): Mail => ({
  to,
  subject: "Choose a new password",
  text: lines(
    `Somebody asked for a new password for the account ${to}.`,
    "",
    "Send this token with the new password to the API:",
    "",
    `    PUT /v1/user/password-reset {"token":"${token}","password":"…"}`,
    "",
    `The token is good once, for ${resetTokenMinutes} minutes. A new password ends every log-in of the account.`,
    "If you did not ask, do nothing: your password stays as it is.",
  ),
});

/** The mail to a new address, with the token that confirms it. */
export const confirmMail = (to: string, from: string, token: string): Mail => ({
  to,
  subject: "Confirm your new address",
  text: lines(
    `The account ${oneLine(from)} is to be named ${to}.`,
    "",
    "If it is your account, send this token to the API:",
    "",
    `    PUT /v1/user/change-address {"token":"${token}"}`,
    "",
    `The token is good once, for ${addressTokenMinutes / 60} hours. If it is not your account, do nothing.`,
  ),
});

/** The notice to the address of now that the account is to have another one. */
export const addressChangeMail = (to: string, next: string): Mail => ({
  to,
  subject: "Your account is to have another address",
  text: lines(
    `Somebody who knows the password of the account ${to} asked for its name to become`,
    `${next}.`,
    "",
    "It becomes so when the new address is confirmed. If you did not ask, change your password now:",
    "that stops it.",
  ),
});

/** The mail to a person who is invited to the team of a product. */
export const invitationMail = (
  to: string,
  invitation: { productName: string; role: string; invitedBy: string },
): Mail => ({
  to,
  subject: "You are invited to a team",
  text: lines(
    `${oneLine(invitation.invitedBy)} invites you to the team of the product`,
    `"${oneLine(invitation.productName)}", with the role ${invitation.role}.`,
    "",
    `Log in as ${to} and ask the API for GET /v1/user/invitations; POST /v1/user/invitations/ID accepts one.`,
    "Without an account of that name, ask whoever invited you for one.",
    `The invitation is good for ${invitationDays} days. If it is not for you, do nothing.`,
  ),
});

/** The mail to a member of a team to whom the product is offered. */
export const offerMail = (to: string, offer: { productName: string; by: string }): Mail => ({
  to,
  subject: "A product is offered to you",
  text: lines(
    `${oneLine(offer.by)} offers you the ownership of the product "${oneLine(offer.productName)}".`,
    "",
    `Log in as ${to} and ask the API for GET /v1/user/transfers; POST /v1/user/transfers/ID accepts the offer.`,
    `The offer is good for ${transferOfferDays} days. If you do not want the product, do nothing.`,
  ),
});
