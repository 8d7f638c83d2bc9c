import { bodyBytesMax } from "#shared/api/limits.ts";
import { operatorScope } from "#shared/api/scopes.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { sendRaw } from "./rawRequest.ts";
import type { DocumentedOperation } from "./replyProblem.ts";

/** What requests that provoke errors need. */
export interface ErrorWorld {
  readonly api: string;
  readonly userToken: string;
  readonly operatorToken: string;
  /** A token with scopes that no operation needs alone, and one without rights of a user. */
  readonly limitedTokens: readonly string[];
  /** The values of path parameters: of resources that exist, and of some that do not. */
  readonly known: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
}

type Headers = Readonly<Record<string, string>>;

interface Attempt {
  readonly headers: Headers;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly body?: string;
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const cookie = (headers: Headers): Headers => ({ cookie: "godwit=none", ...headers });
const json: Headers = { "content-type": "application/json" };

/** Requests that should fail with a code, for any operation that has it. */
const attempts: Readonly<
  Record<string, (op: DocumentedOperation, world: ErrorWorld) => Attempt[]>
> = {
  invalid_token: (_, { known }) => [{ headers: bearer("0".repeat(40)), parameters: known }],
  cross_origin: (_, { known }) => [
    {
      headers: cookie({ origin: "https://example.com", "sec-fetch-site": "cross-site" }),
      parameters: known,
    },
  ],
  invalid_csrf_token: (_, { known }) => [
    { headers: cookie({ "sec-fetch-site": "same-origin" }), parameters: known },
  ],
  unauthorized: ({ route: { access } }, { known, userToken, limitedTokens }) => {
    // A limited token may revoke itself.
    if (access === "token" || access === "everyone") return [];
    const tokens = access === operatorScope ? [userToken] : limitedTokens;
    return tokens.map((token) => ({ headers: bearer(token), parameters: known }));
  },
  precondition_failed: ({ route }, { known, userToken }) => [
    {
      headers: { ...bearer(userToken), ...json, "if-match": '"stale"' },
      parameters: known,
      query: queryOf(route),
      ...(hasBody(route) && { body: JSON.stringify(inBody(route)) }),
    },
  ],
  not_found: ({ route }, world) => {
    // Without a parameter, only the product of a token can be missing.
    if (!route.path.includes("{")) return [];
    const headers = { ...bearer(tokenFor(route.access, world)), ...json };
    const example = JSON.stringify(inBody(route));
    return [
      { headers, parameters: world.missing, ...(route.method !== "GET" && { body: "{}" }) },
      { headers, parameters: world.missing, ...(hasBody(route) && { body: example }) },
      { headers, parameters: world.missing, query: queryOf(route) },
    ];
  },
  invalid_request: ({ route }, world) => [
    {
      headers: bearer(tokenFor(route.access, world)),
      parameters: world.known,
      query: "strangeField=1",
    },
  ],
  too_large: ({ route }, world) => [
    {
      headers: { ...bearer(tokenFor(route.access, world)), ...json },
      parameters: world.known,
      body: JSON.stringify({ strangeField: "x".repeat(bodyBytesMax) }),
    },
  ],
};

const tokenFor = (access: string, { userToken, operatorToken }: ErrorWorld): string =>
  access === operatorScope ? operatorToken : userToken;

type Route = DocumentedOperation["route"];

const hasBody = ({ method }: Route): boolean => method !== "GET" && method !== "DELETE";

/** The example of a route without the fields of its path. */
const inBody = ({ route, path }: Route): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(Object(route.example.input)).filter(([name]) => !path.includes(`{${name}`)),
  );

const queryOf = (route: Route): string =>
  hasBody(route)
    ? ""
    : new URLSearchParams(
        Object.entries(inBody(route)).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
      ).toString();

const codeOf = (text: string): string => {
  try {
    return String(Object(JSON.parse(text)).error);
  } catch {
    return "";
  }
};

/** The codes that the requests for an operation provoked; each reply has its documented form. */
const provokedBy = async (op: DocumentedOperation, world: ErrorWorld): Promise<string[]> => {
  const { method, path } = op.route;
  const found = new Set<string>();
  for (const code of op.errors) {
    for (const attempt of attempts[code]?.(op, world) ?? []) {
      if (found.has(code)) break;
      const { headers, parameters, query = "", body } = attempt;
      const isOfProduct = path.startsWith("/v1/products/{product}/");
      const place = path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => {
        const own = isOfProduct ? parameters[`${name} of the product`] : undefined;
        return encodeURIComponent(own ?? parameters[name] ?? "anything");
      });
      const { text } = await sendRaw(world.api, {
        method,
        path: query === "" ? place : `${place}?${query}`,
        headers: { ...headers, "content-length": String(Buffer.byteLength(body ?? "")) },
        body,
      });
      found.add(codeOf(text));
    }
  }
  return [...found];
};

/**
 * Provokes the errors that any operation of its kind has. Returns the pairs of an operation and a
 * documented code, with a space between, that no request provoked.
 */
export const unprovokedErrors = async (
  operations: readonly DocumentedOperation[],
  world: ErrorWorld,
): Promise<{ readonly op: DocumentedOperation; readonly code: string }[]> => {
  const pairs = await mapConcurrently([...operations], 8, async (op) => {
    const provoked = await provokedBy(op, world);
    return op.errors.filter((code) => !provoked.includes(code)).map((code) => ({ op, code }));
  });
  return pairs.flat();
};
