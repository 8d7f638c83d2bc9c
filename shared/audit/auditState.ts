import type { AuditState } from "./auditEntry.ts";
import { auditStateBytesMax, auditTextCharsMax } from "./limits.ts";

/** Names of fields and headers whose values are secret. */
const secretName =
  /secret|passw|passphrase|pwd|token|authoriz|authentic|(^|[-_])(auth|otp|pin|sas|jwt|code|csr)($|[-_])|credential|cookie|signature|private|recovery|api[-_]?key|(^|[-_])key$|qr_url|hash/i;

/** Values that are secret, whatever their name: credentials of HTTP, JSON Web Tokens, PEM keys. */
const secretValue =
  /^\s*(basic|bearer|digest|negotiate|token|apikey)\s+\S|\beyJ[\w-]{8,}\.[\w-]{8,}|-----BEGIN [A-Z ]*PRIVATE/i;

const hidden = "(hidden)";
const levelsMax = 6;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Hides secrets by name and value, and shortens texts. */
const redact = (name: string, value: unknown, levels: number): unknown => {
  const isSecret = secretName.test(name) && value !== null && typeof value !== "boolean";
  if (isSecret && (typeof value === "string" || typeof value === "number")) return hidden;
  if (typeof value === "string") {
    if (secretValue.test(value)) return hidden;
    const shown = withoutUserInfo(value);
    return shown.length > auditTextCharsMax ? `${shown.slice(0, auditTextCharsMax)}…` : shown;
  }
  if (typeof value !== "object" || value === null) return value;
  if (levels === 0) return "…";
  if (Array.isArray(value)) return value.map((each) => redact(name, each, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, redact(key, inner, levels - 1)]),
  );
};

/** Hides the password and the query parameters with secret names of a URL. */
const withoutUserInfo = (text: string): string =>
  text
    .replace(/^([a-z][a-z\d+.-]*:\/\/)[^/?#\s]*@/i, `$1${hidden}@`)
    .replace(/([?&#])([^=&#\s]+)=([^&#\s]+)/g, (whole, before: string, name: string) =>
      secretName.test(name) ? `${before}${name}=${hidden}` : whole,
    );

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
