import type { Finding } from "./row.ts";

/** Names of errors that mean: these credentials are not accepted. */
const rejected =
  /^(InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|AuthFailure|InvalidAccessKeyId|IncompleteSignature)/;
const expired = /^(ExpiredToken|RequestExpired|TokenRefreshRequired|SSOTokenProviderFailure)/;
const denied = /^(AccessDenied|AuthorizationError|UnauthorizedOperation|Forbidden|NotAuthorized)/;
const throttled = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;
const silent = /^(TimeoutError|AbortError|ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT)$/;

/** Name of an error of the SDK, or the code of a failed connection. */
const nameOf = (error: unknown): string => {
  if (!(error instanceof Error)) return "UnknownError";
  const { code } = "code" in error ? error : { code: undefined };
  return error.name === "Error" && typeof code === "string" ? code : error.name;
};

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]?.slice(0, 300) ?? "";

/** Whether a response is no message of AWS, for example the page of a proxy. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof SyntaxError || /XML parse error|is not valid JSON/.test(firstLine(error));

/** Why credentials do not work: there are none, they have expired, or AWS rejects them. */
export type CredentialProblem = "missing" | "expired" | "rejected";

/** Returns `undefined` for an error that says nothing about the credentials. */
export const credentialProblem = (error: unknown): CredentialProblem | undefined => {
  const name = nameOf(error);
  if (expired.test(name) || /expired/i.test(firstLine(error))) return "expired";
  if (name === "CredentialsProviderError") return "missing";
  return rejected.test(name) ? "rejected" : undefined;
};

/** Whether AWS says that the resource does not exist. */
export const isNotFound = (error: unknown): boolean =>
  /NotFound|NoSuch|does not exist/.test(`${nameOf(error)} ${firstLine(error)}`);

/** The finding of a check that could not be made. */
export const explain = (check: string, error: unknown): Finding => {
  const name = nameOf(error);
  const unknown = (found: string, action: string): Finding => ({
    check,
    found,
    needed: "",
    result: "unknown",
    action,
  });
  if (denied.test(name)) {
    return unknown("access denied", `Allow this call for your credentials: ${firstLine(error)}`);
  }
  if (throttled.test(name)) return unknown("throttled by AWS", "Repeat the command in a minute.");
  if (silent.test(name)) {
    return unknown(
      `no response (${name})`,
      "Check the network and that the service exists in this region, then repeat the command.",
    );
  }
  if (isUnreadable(error)) {
    return unknown(
      "an unreadable response",
      "Something other than AWS has answered, such as a proxy. Check the network and AWS_ENDPOINT_URL.",
    );
  }
  return unknown(name, firstLine(error));
};
