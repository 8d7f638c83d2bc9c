import { escapeHtml } from "../../platform/escapeHtml.ts";
import type { TargetReply, TargetRequest } from "../../target/target.ts";
import { hiddenSecret } from "../kind/kind.ts";
import { kindOf } from "../kind/kinds.ts";
import type { Integration } from "../model/integration.ts";
import { collectSecrets } from "./collectSecrets.ts";
import { escapedPattern, mayBeEscapedIn } from "./escapedPattern.ts";
import { isSecretField, schemePattern } from "./isSecretField.ts";

/**
 * Replaces an integration's secrets in requests, replies and texts. Every view of an attempt uses
 * it.
 */
export interface SecretMasks {
  request(request: TargetRequest): TargetRequest;
  reply(reply: TargetReply): TargetReply;
  /** A reason or error message of an attempt. */
  text(text: string): string;
}

/** Shorter secrets are not masked: they occur in too many texts by chance. */
const secretCharsMin = 4;
/** Shorter secrets are not searched for inside longer base64 texts. */
const innerBytesMin = 9;

/**
 * Creates the masks of an integration and a `sent` request. Each secret becomes `hiddenSecret`,
 * also if a target repeats it encoded for a URL, a form, JSON or HTML, in base64 or hexadecimal, or
 * in other letter cases.
 * Settings in `given`, which the caller has just sent, are not masked.
 */
export const secretMasks = (
  integration: Integration,
  { sent, given = [] }: { sent?: TargetRequest | undefined; given?: readonly string[] } = {},
): SecretMasks => {
  const { secrets, names } = collectSecrets(integration, { sent, given });
  const hideSecrets = hiding(secrets);
  const hideAll = names.length === 0 ? hideSecrets : hiding([...secrets, ...names]);
  return {
    request: (request) => ({
      ...request,
      url: hideSecrets(request.url),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [
          name,
          isGiven(name, integration, given)
            ? value
            : isSecretField(name, value)
              ? hiddenValue(value)
              : hideSecrets(value),
        ]),
      ),
      ...(request.body !== undefined && { body: hideSecrets(request.body) }),
    }),
    reply: ({ status, retryAfter, location, body, contentType }) => ({
      status,
      body: hideTruncatedSecret(
        hideAll(body),
        [...secrets, ...names].filter((one) => !schemePattern.test(one)),
      ),
      ...(retryAfter !== undefined && { retryAfter: hideAll(retryAfter) }),
      ...(location !== undefined && { location: hideAll(location) }),
      ...(contentType !== undefined && { contentType: hideAll(contentType) }),
    }),
    text: hideAll,
  };
};

/** Whether a header comes from a setting that the caller has just sent. */
const isGiven = (name: string, integration: Integration, given: readonly string[]): boolean => {
  const headers = integration.kind === "Webhook" ? (integration.headers ?? {}) : {};
  const isOwn = Object.keys(headers).some((own) => own.toLowerCase() === name);
  if (name === "authorization" && !isOwn) return given.includes("auth");
  return given.includes("headers");
};

/** `Basic ********`: the scheme is not a secret. */
const hiddenValue = (value: string): string => {
  const scheme = schemePattern.exec(value)?.[1];
  return scheme === undefined ? hiddenSecret : `${scheme} ${hiddenSecret}`;
};

const hiding = (texts: readonly string[]): ((text: string) => string) => {
  const known = longestFirst(texts.filter((text) => text.length >= secretCharsMin));
  const encoded = longestFirst(known.flatMap(encodingsOf));
  const patterns = new Map<string, RegExp | undefined>();
  const patternOf = (searched: string): RegExp | undefined => {
    if (!patterns.has(searched)) patterns.set(searched, escapedPattern(searched));
    return patterns.get(searched);
  };
  return (text) => {
    let rest = text;
    for (const one of encoded) rest = rest.replaceAll(one, hiddenSecret);
    for (const one of known) {
      const pattern = mayBeEscapedIn(rest, one) ? patternOf(one) : undefined;
      if (pattern !== undefined) rest = rest.replaceAll(pattern, hiddenSecret);
    }
    return rest;
  };
};

const longestFirst = (texts: readonly string[]): string[] =>
  [...new Set(texts)].toSorted((one, other) => other.length - one.length);

/** Masks the beginning of a secret at the end of a truncated text. */
const hideTruncatedSecret = (text: string, secrets: readonly string[]): string => {
  for (const secret of secrets) {
    const begin = secret.slice(0, truncatedSecretCharsMin);
    const from = Math.max(0, text.length - secret.length + 1);
    let at = begin.length < truncatedSecretCharsMin ? -1 : text.indexOf(begin, from);
    while (at >= 0) {
      if (secret.startsWith(text.slice(at))) return `${text.slice(0, at)}${hiddenSecret}`;
      at = text.indexOf(begin, at + 1);
    }
  }
  return text;
};

/** Shorter beginnings of a secret match by chance. */
const truncatedSecretCharsMin = 6;

/** Returns all encodings of a text. */
const encodingsOf = (text: string): string[] => {
  const bytes = Buffer.from(text);
  const whole = text.toWellFormed();
  const inUrl = encodeURIComponent(whole);
  const inForm = new URLSearchParams({ "": whole }).toString().slice(1);
  const inJson = JSON.stringify(whole).slice(1, -1);
  const hex = bytes.toString("hex");
  return [
    text,
    inUrl,
    lowerPercents(inUrl),
    encodeURI(whole),
    inForm,
    lowerPercents(inForm),
    inJson,
    inJson.replaceAll("/", "\\/"),
    escaped(inJson),
    escapeHtml(whole),
    bytes.toString("latin1"),
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
  ].filter((form) => form.length >= secretCharsMin);
};

const lowerPercents = (text: string): string =>
  text.replace(/%[0-9A-F]{2}/g, (percent) => percent.toLowerCase());

const escaped = (json: string): string =>
  json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/**
 * Returns the base64 forms of a text: alone, and at each of the three alignments inside a longer
 * text.
 */
const base64Forms = (bytes: Buffer): string[] => {
  const alone = bytes.toString("base64");
  const within =
    bytes.length < innerBytesMin
      ? []
      : [0, 1, 2].map((before) => {
          const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
          const text = shifted.toString("base64").replace(/=+$/, "");
          // The first and last characters also depend on the neighbouring bytes.
          return text.slice(before === 0 ? 0 : before + 1, Math.floor((shifted.length * 8) / 6));
        });
  return [alone, alone.replace(/=+$/, ""), ...within].flatMap((text) => [text, urlSafe(text)]);
};

const urlSafe = (base64: string): string => base64.replaceAll("+", "-").replaceAll("/", "_");

/**
 * Returns the request of an attempt for display: without secrets, except those in the settings
 * `given` by the caller. Authentication headers, which each attempt computes, are described.
 */
export const maskRequest = (
  integration: Integration,
  request: TargetRequest,
  given: readonly string[] = [],
): TargetRequest =>
  describeAuthHeaders(
    integration,
    secretMasks(integration, { sent: request, given }).request(request),
  );

/** Adds descriptions of the authentication headers to a masked request. */
export const describeAuthHeaders = (
  integration: Integration,
  masked: TargetRequest,
): TargetRequest => ({
  ...masked,
  headers: { ...masked.headers, ...kindOf(integration).authHeaderHints(integration) },
});
