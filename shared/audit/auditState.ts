import type { AuditState } from "./auditEntry.ts";
import { auditStateBytesMax, auditTextCharsMax } from "./limits.ts";

/** Names of fields, headers and parameters whose values are secret. */
const secretNames = [
  /secret|passw|passphrase|pwd|token|authoriz|authentic|credential|cookie|signature|private/i,
  /recovery|api[-_]?key|qr_url|hash/i,
  /(^|[-_.])((auth|otp|pin|sas|sig|jwt|code|csr|psk)\d*($|[-_.])|keys?[-_]?\d*$)/i,
  // In camel case: `policyKey`.
  /[a-z\d]Keys?\d*$/,
];

const isSecretName = (name: string): boolean => secretNames.some((one) => one.test(name));

/** Values that are secret, whatever their name: credentials of HTTP, JSON Web Tokens, PEM keys. */
const secretValues = [
  /^\s*(basic|bearer|digest|negotiate|token|apikey|sharedaccesssignature|aws4-hmac-sha256)\s+\S/i,
  /\beyJ[\w-]{8,}\.[\w-]{8,}|-----BEGIN [A-Z ]*PRIVATE|\bwhsec_[\w+/=-]{8,}/,
  // Keys of well-known services.
  /\b(gh[opsur]_|github_pat_|xox[a-z]-|[rs]k_(live|test)_)[\w-]{8,}/,
];

const hidden = "(hidden)";
const levelsMax = 6;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Hides secrets by name and value, and shortens texts. */
const redact = (name: string, value: unknown, levels: number): unknown => {
  if (value === null || typeof value === "boolean") return value;
  if (isSecretName(name)) return hidden;
  if (typeof value === "string") return redactText(value);
  if (typeof value !== "object") return value;
  if (levels === 0) return "…";
  if (Array.isArray(value)) return value.map((each) => redact(name, each, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, redact(key, inner, levels - 1)]),
  );
};

const redactText = (text: string): string => {
  // More than is shown, so that a secret at the end of it is recognized.
  const shown = withoutCredentials(text.slice(0, 2 * auditTextCharsMax));
  if (secretValues.some((one) => one.test(shown)) || hasSecretPair(shown)) return hidden;
  return text.length > auditTextCharsMax ? `${shown.slice(0, auditTextCharsMax)}…` : shown;
};

/** Hides the passwords of URLs, and their parameters with secret names. */
const withoutCredentials = (text: string): string =>
  text
    .replace(/\b([a-z][a-z\d+.-]{0,20}:\/\/)[^/?#\s]*@/gi, `$1${hidden}@`)
    .replace(/([?&#])([^=&#\s]+)=([^&#\s]+)/g, (whole, before: string, name: string) =>
      isSecretName(decoded(name)) ? `${before}${name}=${hidden}` : whole,
    );

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * Whether a text has a secret with its name, as a form, a header, a connection string and JSON have
 * it, also JSON in JSON. The host of a URL is no name.
 */
const hasSecretPair = (text: string): boolean =>
  [
    ...text.matchAll(/(?<!\/\/[\w%.-]*)([\w%.-]{1,64})\\*["']?\s{0,3}[:=]\s{0,3}(?!\(hidden\))\S/g),
  ].some(([, name = ""]) => isSecretName(decoded(name)));

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? "");

/** The fields of a state that fit into `auditStateBytesMax`; the others are named. */
const bounded = (state: AuditState): AuditState => {
  if (bytesOf(state) <= auditStateBytesMax) return state;
  const kept: Record<string, unknown> = {};
  const left: string[] = [];
  const room = auditStateBytesMax - 512;
  for (const [name, value] of Object.entries(state)) {
    if (bytesOf(kept) + bytesOf({ [name]: value }) <= room) kept[name] = value;
    else left.push(name.slice(0, 40));
  }
  return { ...kept, "…": left.slice(0, 10).join(", ") };
};

/** The state of a subject as it is stored: without secrets, and bounded. */
export const stateOf = (value: unknown): AuditState | undefined => {
  if (!isObject(value)) return undefined;
  const redacted = redact("", value, levelsMax);
  return isObject(redacted) ? bounded(redacted) : undefined;
};

/**
 * The fields in which two states differ; both states if one of them is absent. A secret that
 * changed is not shown, because both states hide it.
 */
export const differencesOf = (
  before: unknown,
  after: unknown,
): { readonly before?: AuditState; readonly after?: AuditState } => {
  if (!isObject(before) || !isObject(after)) {
    const [was, is] = [stateOf(before), stateOf(after)];
    return { ...(was && { before: was }), ...(is && { after: is }) };
  }
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const pick = (state: Readonly<Record<string, unknown>>): AuditState =>
    stateOf(Object.fromEntries(names.map((name) => [name, state[name] ?? null]))) ?? {};
  return names.length === 0 ? {} : { before: pick(before), after: pick(after) };
};
