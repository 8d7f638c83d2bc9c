import { invitationDays, transferOfferDays } from "../team/limits.ts";
import { addressTokenMinutes, resetTokenMinutes } from "./limits.ts";
import type { Mail } from "./mail.ts";

/**
 * Makes text that another user chose fit on one line: removes control characters and truncates it.
 */
const oneLine = (text: string): string => {
  const line = text.replaceAll(/\p{Cc}+/gu, " ");
  return line.length > 100 ? `${line.slice(0, 100)}…` : line;
};

const lines = (...all: string[]): string => `${all.join("\n")}\n`;

/** The mail with the token for a password reset. */
export const resetMail = (to: string, token: string): Mail => ({
  to,
  subject: "Choose a new password",
  text: lines(
    `A new password was requested for the account ${to}.`,
    "",
    'Enter this token in the console, below "Forgot your password?":',
    "",
    `    ${token}`,
    "",
    "Or send it to the API:",
    "",
    `    PUT /v1/user/password-reset {"token":"${token}","password":"…"}`,
    "",
    `The token is valid once, for ${resetTokenMinutes} minutes. A new password ends all sessions of the account.`,
    "If you did not request this, ignore this mail: your password does not change.",
  ),
});

/** The mail to a new address, with the token for its confirmation. */
export const confirmMail = (to: string, from: string, token: string): Mail => ({
  to,
  subject: "Confirm your new address",
  text: lines(
    `The account ${oneLine(from)} requested ${to} as its new address.`,
    "",
    'If it is your account, enter this token in the console, on the screen "Account":',
    "",
    `    ${token}`,
    "",
    "Or send it to the API:",
    "",
    `    PUT /v1/user/change-address {"token":"${token}"}`,
    "",
    `The token is valid once, for ${addressTokenMinutes / 60} hours. If it is not your account, ignore this mail.`,
  ),
});

/** The notification to the current address that a change was requested. */
export const addressChangeMail = (to: string, next: string): Mail => ({
  to,
  subject: "The address of your account is about to change",
  text: lines(
    `A change of the address of the account ${to} was requested with its password. New address:`,
    `${next}.`,
    "",
    "The change takes effect when the new address is confirmed. If you did not request it, change",
    "your password now: this cancels the request.",
  ),
});

/** The mail with an invitation to the team of a product. */
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
    `Log in as ${to} to the console. The screen "Products" shows your invitations. With the API,`,
    "GET /v1/user/invitations lists them, and POST /v1/user/invitations/ID accepts one.",
    "If you have no account with that name, ask the sender of the invitation for one.",
    `The invitation is valid for ${invitationDays} days. If it is not for you, ignore this mail.`,
  ),
});

/** The mail with the offer of a product to a member of its team. */
export const offerMail = (to: string, offer: { productName: string; by: string }): Mail => ({
  to,
  subject: "A product is offered to you",
  text: lines(
    `${oneLine(offer.by)} offers you the ownership of the product "${oneLine(offer.productName)}".`,
    "",
    `Log in as ${to} to the console. The screen "Products" shows your offers. With the API,`,
    "GET /v1/user/transfers lists them, and POST /v1/user/transfers/ID accepts one.",
    `The offer is valid for ${transferOfferDays} days. If you do not want the product, ignore this mail.`,
  ),
});

const actionTexts: Readonly<Record<string, string>> = {
  slow: "At the limit, deliveries are slowed down.",
  park: "At the limit, deliveries are parked as dead letters, which you can replay.",
};

/** The mail with a notice about a limit of usage. */
export const usageNoticeMail = (
  to: string,
  notice: {
    subject: string;
    percent?: number | undefined;
    used: number;
    limit: number;
    action: string;
    reachedAt?: string | undefined;
    endsAt: string;
  },
): Mail => {
  const { percent, reachedAt } = notice;
  const what =
    percent === undefined
      ? "will reach its limit before the end of the period"
      : `has reached ${percent} % of its limit`;
  return {
    to,
    subject: `Usage: ${oneLine(notice.subject)} ${percent === undefined ? "(forecast)" : `at ${percent} %`}`,
    text: lines(
      `The usage of ${oneLine(notice.subject)} ${what}:`,
      `${notice.used} of ${notice.limit}. The period ends at ${notice.endsAt}.`,
      ...(reachedAt === undefined ? [] : [`At the present rate, it is reached at ${reachedAt}.`]),
      "",
      ...(actionTexts[notice.action] === undefined ? [] : [actionTexts[notice.action] ?? ""]),
      'No event is lost. The console shows and changes limits on the screen "Usage".',
      "To get no more of these mails, delete the limit there.",
    ),
  };
};
