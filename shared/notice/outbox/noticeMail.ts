import { mailTextCharsMax } from "../../account/mail/limits.ts";
import type { Mail } from "../../account/mail/mail.ts";
import { componentNames } from "../../alarm/component.ts";
import type { Incident, IncidentUpdate } from "../../status/incident.ts";
import { confirmationHours } from "../limits.ts";
import type { ScopeOfInterest, UnconfirmedSubscription } from "../subscription/subscription.ts";
import type { MessageContext } from "./webhookMessages.ts";

const lines = (...all: readonly string[]): string => `${all.join("\n")}\n`;

/**
 * The text of a mail with its last line, which ends the subscription. A text that is too long is
 * truncated before it.
 */
const withUnsubscribe = (all: readonly string[], unsubscribe: string): string => {
  const last = `Unsubscribe: ${unsubscribe}\n`;
  const text = lines(...all);
  const room = mailTextCharsMax - last.length - truncated.length;
  return text.length <= room ? text + last : text.slice(0, room).toWellFormed() + truncated + last;
};

const truncated = "…\n\n";

/** Fits text of a person on one line of a header. */
const oneLine = (text: string, charsMax = 150): string => {
  const line = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return line.length > charsMax ? `${line.slice(0, charsMax)}…` : line;
};

/** The URL of a page of the API that acts on a token, after a click on its button. */
export const tokenLink = (
  { api }: Pick<UnconfirmedSubscription, "api">,
  page: "confirm" | "unsubscribe",
  token: string,
): string => `${api}/v1/status/subscriptions/${page}?token=${encodeURIComponent(token)}`;

/** The mail with the link that confirms a subscription. It names the deployment by `title`. */
export const confirmationMail = (
  to: string,
  subscription: UnconfirmedSubscription,
  { title, token }: { readonly title: string; readonly token: string },
): Mail => ({
  to,
  subject: oneLine(`[${title}] Confirm your subscription`),
  text: lines(
    subscription.product === undefined
      ? `This address was entered on the status page of ${title}, to get messages about incidents:`
      : `This address was entered as a contact of the product ${subscription.product} of ${title}, to get messages about incidents:`,
    "",
    `  ${scopeText(subscription)}`,
    "",
    "To confirm it, open this page and press the button:",
    "",
    `  ${tokenLink(subscription, "confirm", token)}`,
    "",
    `The link is valid for ${confirmationHours} hours. If you did not enter the address, ignore this mail:`,
    "you will get no messages.",
  ),
});

/** The components and regions of a subscription, for people. */
export const scopeText = ({ components, regions }: ScopeOfInterest): string => {
  const names = components.map((one) => componentNames[one]).join(", ");
  const of = names === "" ? "all components" : names;
  return `${of} in ${regions.length === 0 ? "all regions" : regions.join(", ")}`;
};

/** The mail about an update of an incident or a maintenance. `more` are further lines. */
export const updateMail = (
  to: string,
  {
    incident,
    update,
    more = [],
  }: { incident: Incident; update: IncidentUpdate; more?: readonly string[] },
  { page, unsubscribe }: MessageContext,
): Mail => ({
  to,
  subject: oneLine(`[${page.title}] ${statusName(update.status)}: ${incident.name}`),
  text: withUnsubscribe(
    [
      oneLine(incident.name),
      `${statusName(update.status)}, ${new Date(update.at).toISOString()}`,
      "",
      update.body,
      "",
      ...changedLines(update),
      ...more,
      ...(page.url === undefined ? [] : [`Details: ${page.url}/incidents/${incident.id}.html`, ""]),
    ],
    unsubscribe,
  ),
  headers: unsubscribeHeaders(unsubscribe),
});

/** The mail with a report after an incident. */
export const reportMail = (
  to: string,
  { incident, report }: { incident: Incident; report: string },
  { page, unsubscribe }: MessageContext,
): Mail => ({
  to,
  subject: oneLine(`[${page.title}] Report: ${incident.name}`),
  text: withUnsubscribe([report, ""], unsubscribe),
  headers: unsubscribeHeaders(unsubscribe),
});

/**
 * One-click unsubscription: the mail program sends a POST request to the URL. A GET request, as of
 * a scanner of links, only shows a page. https://www.rfc-editor.org/rfc/rfc8058
 */
const unsubscribeHeaders = (link: string): NonNullable<Mail["headers"]> => ({
  "List-Unsubscribe": `<${link}>`,
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
});

const changedLines = ({ changes }: IncidentUpdate): string[] => {
  if (changes.length === 0) return [];
  return [
    ...changes.map(
      ({ component, region, to }) =>
        `  ${componentNames[component]} (${region}): ${statusName(to)}`,
    ),
    "",
  ];
};

const statusName = (status: string): string => {
  const words = status.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
