/** Names of headers whose values are credentials. */
const secretName =
  /authoriz|authentic|(^|[-_])auth($|[-_])|key|token|secret|passw|passphrase|pwd|credential|cookie|signature|session|(^|[-_])(sas|pin|jwt)($|[-_])/i;

/**
 * Schemes of HTTP authentication: a value that starts with one is a credential, whatever its name.
 * RFC 9110, 11.1.
 */
export const schemePattern =
  /^\s*(basic|bearer|digest|negotiate|token|apikey|sharedaccesssignature|aws4-hmac-sha256)(?=\s)/i;

/** A JSON Web Token. RFC 7519. */
const jwtPattern = /\beyJ[\w-]{8,}\.[\w-]{8,}/;

/** Returns the literal text of a template, without variables and a scheme before them. */
const literalText = (value: string): string =>
  value
    .replace(/\{\{\{[^}]*\}\}\}|\{\{[^}]*\}\}/g, "")
    .replace(/^\s*[\w-]+\s*$/, (rest) => (schemePattern.test(`${rest.trim()} `) ? "" : rest))
    .trim();

/**
 * Whether a header of an integration holds a secret, by its name or value. A value that is rendered
 * from the event alone (`Bearer {{{token}}}`) is not one.
 */
export const isSecretField = (name: string, value: string): boolean =>
  (secretName.test(name) || schemePattern.test(value) || jwtPattern.test(value)) &&
  literalText(value) !== "";
