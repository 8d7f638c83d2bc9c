import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { consolePath } from "#shared/routes/consoleRoutes.ts";
import { type GatewayRoute as Route, routes } from "#shared/routes/table.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { sendRaw } from "../support/rawRequest.ts";
import { startTestCloud } from "../support/testCloud.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const send = (sent: Sent) => sendRaw(cloud.api, sent);

/** Without log-ins, which are rate-limited, and the files of the console, which are no JSON. */
const fuzzed: readonly Route[] = routes.filter(
  ({ path }) => path !== "/oauth/token" && !path.startsWith(consolePath),
);

const nasty = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("..", ".", "%", "%2F", "%00", "%zz", "__proto__", "constructor", "'", "{x}", "#"),
  fc.stringMatching(/^[0-9a-f]{24}$/),
  fc.constantFrom("0", "-1", "1e999", "NaN", "null", "true", "[]"),
);

/** One level of a path, encoded, or unencoded where HTTP allows it. */
const level = fc
  .tuple(nasty, fc.boolean())
  .map(([text, raw]) =>
    raw ? text.replaceAll(/[^\x21-\x7e]|[?#]/gu, "x") : encodeURIComponent(text.toWellFormed()),
  );

const fields = [
  "name",
  "data",
  "arg",
  "args",
  "id",
  "ids",
  "provision",
  "csr",
  "notes",
  "signal",
  "event",
  "url",
  "json",
  "headers",
  "product",
  "product_id",
  "scopes",
  "friendly_name",
  "page",
  "per_page",
  "limit",
  "after",
  "username",
  "password",
  "grant_type",
  "expires_in",
  "access_token",
  "format",
  "file",
  "deadline",
  "type",
  "sortAttr",
  "account_info",
];

const value = fc.oneof(
  nasty,
  fc.jsonValue({ maxDepth: 3 }),
  fc.integer(),
  fc.string({ maxLength: 2_000 }),
);
/** Encodes fields for a form or a query. An object's `toString` may not be a function. */
const texts = (given: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).map(([key, one]) => [
      key,
      (typeof one === "string" ? one : JSON.stringify(one)).toWellFormed(),
    ]),
  );

const record = fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 6 });

const body = fc.oneof(
  fc.constant(undefined),
  record.map((given) => JSON.stringify(given)),
  record.map((given) => new URLSearchParams(texts(given)).toString()),
  fc.string({ unit: "binary", maxLength: 200 }).map((text) => text.toWellFormed()),
  fc.constantFrom("[", "{", '{"a":', "[".repeat(5_000), '"x"', "a[b][c][d][e][f]=1", "a[[=1&=&&"),
);

const type = fc.constantFrom(
  "application/json",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "text/plain",
  "",
);

const sent = (token: string) =>
  fc
    .record({
      route: fc.constantFrom(...fuzzed),
      levels: fc.array(level, { minLength: 4, maxLength: 4 }),
      query: fc.option(record, { nil: {} }),
      body,
      type,
      signed: fc.boolean(),
    })
    .map(({ route, levels, query, body: given, type: contentType, signed }): Sent => {
      let used = 0;
      const path = route.path.replaceAll(/\{\w+\+?\}/g, () => levels[used++] || "x");
      const search = new URLSearchParams(texts(query));
      return {
        method: route.method,
        path: search.size > 0 ? `${path}?${search}` : path,
        headers: {
          ...(signed && { authorization: `Bearer ${token}` }),
          ...(contentType !== "" && { "content-type": contentType }),
        },
        body: route.method === "GET" ? undefined : given,
      };
    });

it("no input causes a 5xx or a response that is not JSON", async () => {
  const { token } = cloud.user;
  await fc.assert(
    fc.asyncProperty(fc.array(sent(token), { minLength: 8, maxLength: 8 }), async (requests) => {
      const answers = await Promise.all(requests.map(send));
      for (const [i, { status, type: contentType, text }] of answers.entries()) {
        const about = `${requests[i]?.method} ${requests[i]?.path}: ${status} ${text.slice(0, 200)}`;
        expect(status >= 200 && status < 500, about).toBe(true);
        if (status === 204 || contentType === "text/event-stream") continue;
        expect(contentType, about).toMatch(/^application\/json/);
        expect(() => JSON.parse(text), about).not.toThrow();
        if (status >= 400) expect(JSON.parse(text), about).toMatchObject({ ok: false });
      }
    }),
    { numRuns: 100 },
  );
});
