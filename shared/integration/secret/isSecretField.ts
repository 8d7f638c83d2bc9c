/** Names of headers whose values prove something. */
const secretName =
  /authoriz|authentic|(^|[-_])auth($|[-_])|key|token|secret|passw|passphrase|pwd|credential|cookie|signature|session|(^|[-_])(sas|pin|jwt)($|[-_])/i;

/** Schemes of HTTP authentication, which begin a value that proves something whatever its name is. RFC 9110, 11.1. */
export const schemePattern =
  /^\s*(basic|bearer|digest|negotiate|token|apikey|sharedaccesssignature|aws4-hmac-sha256)(?=\s)/i;

/** A JSON Web Token. RFC 7519. */
const jwtPattern = /\beyJ[\w-]{8,}\.[\w-]{8,}/;

/** A template without its variables, and without a scheme that stands before them: what somebody typed in. */
const literalText = (value: string): string =>
  value
    .replace(/\{\{\{[^}]*\}\}\}|\{\{[^}]*\}\}/g, "")
    .replace(/^\s*[\w-]+\s*$/, (rest) => (schemePattern.test(`${rest.trim()} `) ? "" : rest))
    .trim();

/**
 * Whether a header of an integration holds a secret: its name or its value says so. A value that is made of the event alone
 * (`Bearer {{{token}}}`) holds none.
 */
export const isSecretField = (name: string, value: string): boolean =>
  (secretName.test(name) || schemePattern.test(value) || jwtPattern.test(value)) &&
  literalText(value) !== "";
