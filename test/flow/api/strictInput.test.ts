import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operatorScope } from "#shared/api/scopes.ts";
import { mapConcurrently } from "#shared/platform/mapConcurrently.ts";
import { consolePath } from "#shared/routes/consoleRoutes.ts";
import { type GatewayRoute as Route, routes } from "#shared/routes/table.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient } from "../support/client.ts";
import { sendRaw } from "../support/rawRequest.ts";
import { startTestCloud } from "../support/testCloud.ts";

/**
 * An operator's token opens the routes of operations, and no others. The files of the console are
 * no JSON, and have no fields.
 */
const all: readonly Route[] = routes.filter(
  ({ access, path }) => access !== operatorScope && !path.startsWith(consolePath),
);

let cloud: Cloud;
let things: Readonly<Record<string, string>>;

beforeAll(async () => {
  cloud = await startTestCloud();
  const ask = apiClient(cloud, cloud.user.token);
  const made = await ask("POST", "/v1/products", { product: { name: "Strict" } });
  const hook = { event: "never", url: "https://example.com/" };
  const integration = await ask("POST", "/v1/integrations", hook);
  const product = String(made.body.product.id);
  const ofProduct = await ask("POST", `/v1/products/${product}/integrations`, hook);
  things = {
    "integration of the product": ofProduct.body.id,
    device: cloud.device.id,
    product,
    integration: integration.body.id,
    token: "0".repeat(40),
    username: "nobody@example.com",
  };
});
afterAll(() => cloud.stop());

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly type?: string;
}

interface ApiResponse {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const send = ({ method, path, body, type = "application/json" }: Sent): Promise<ApiResponse> => {
  const headers = {
    authorization: `Bearer ${cloud.user.token}`,
    "content-type": type,
    // `node:http` sends the body of a DELETE without a length.
    "content-length": Buffer.byteLength(body ?? ""),
  };
  return sendRaw(cloud.api, { method, path, headers, body });
};

const pathOf = ({ path }: Route, given: Readonly<Record<string, string>> = things): string => {
  const isOfProduct = path.startsWith("/v1/products/{product}/");
  return path.replaceAll(/\{(\w+)\+?\}/g, (_, name: string) => {
    const own = isOfProduct ? given[`${name} of the product`] : undefined;
    return own ?? given[name] ?? "x";
  });
};

const takesBody = ({ method }: Route): boolean => method !== "GET";

/** A request with one field. */
const withField = (route: Route, name: string, value: unknown): Sent => {
  const { method } = route;
  if (takesBody(route)) {
    return { method, path: pathOf(route), body: JSON.stringify({ [name]: value }) };
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const query = `${encodeURIComponent(name)}=${encodeURIComponent(text.toWellFormed())}`;
  return { method, path: `${pathOf(route)}?${query}`, body: "" };
};

const errorDescription = ({ text }: ApiResponse): string => JSON.parse(text).error_description;

/** Checks every response: JSON, and no 5xx. */
const checkAnswer = ({ status, type, text }: ApiResponse, about: string): void => {
  const what = `${about}: ${status} ${text.slice(0, 300)}`;
  expect(status >= 200 && status < 500, what).toBe(true);
  if (status === 204 || type === "text/event-stream") return;
  expect(type, what).toMatch(/^application\/json|^text\/plain/);
  if (!type.startsWith("application/json")) return;
  expect(() => JSON.parse(text), what).not.toThrow();
  if (status !== 400) return;
  // Responses have no messages of the validation library. They may quote the client's input.
  const words = errorDescription({ status, type, text }).replaceAll(/"[^"]*"/g, "");
  expect(words, what).not.toMatch(/invalid input|expected|received|\bNaN\b|too (small|big)/i);
  expect(words, what).not.toMatch(/(^|; ): /);
};

/** Sends all requests and reports every incorrect response. */
const checkAll = async (requests: readonly Sent[]): Promise<void> => {
  const wrong: string[] = [];
  await mapConcurrently(requests, 8, async (one) => {
    const { method, path, body = "" } = one;
    const about = `${method} ${path.slice(0, 120)} ${String(body).slice(0, 120)}`;
    const answer = await send(one);
    try {
      checkAnswer(answer, about);
    } catch (error) {
      wrong.push(String(error));
    }
  });
  expect(wrong.slice(0, 20)).toEqual([]);
};

describe("an unknown field", () => {
  it("is refused by every route, in the query and in the body", async () => {
    const requests = all.flatMap((route): Sent[] => {
      const { method } = route;
      const path = pathOf(route);
      const inQuery = { method, path: `${path}?strangeField=1`, body: "" };
      if (!takesBody(route)) return [inQuery];
      return [inQuery, ...["1", null].map((value) => withField(route, "strangeField", value))];
    });
    const wrong: string[] = [];
    await mapConcurrently(requests, 8, async (one) => {
      const answer = await send(one);
      const refused =
        answer.status === 400 &&
        errorDescription(answer).includes("strangeField: is an unknown field");
      if (!refused) wrong.push(`${one.method} ${one.path} ${one.body}: ${answer.text}`);
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ["POST", "/v1/users", { account_info: { strangeField: 1 } }],
    ["PUT", "/v1/user", { account_info: { strangeField: 1 } }],
    ["POST", "/v1/products", { product: { name: "x", strangeField: 1 } }],
    ["POST", "/v1/integrations", { event: "e", url: "https://a.b/", auth: { strangeField: 1 } }],
    ["POST", "/v1/integrations/preview", { template: { strangeField: 1 } }],
    ["POST", "/v1/integrations/{integration}/preview", { template: { strangeField: 1 } }],
    ["POST", "/v1/integrations/{integration}/preview", { event: { strangeField: 1 } }],
    ["POST", "/v1/integrations/{integration}/test", { event: { strangeField: 1 } }],
  ])("is refused inside an object: %s %s", async (method, path, body) => {
    const answer = await send({
      method,
      path: path.replace("{integration}", things.integration ?? ""),
      body: JSON.stringify(body),
    });
    expect([answer.status, errorDescription(answer)]).toEqual([
      400,
      expect.stringContaining("strangeField: "),
    ]);
  });

  it("does not start a replay", async () => {
    const path = `/v1/integrations/${things.integration}/dead-letters/replay`;
    for (const body of [{ plan: true, stauts: 503 }, { dryRun: true }]) {
      const answer = await send({ method: "POST", path, body: JSON.stringify(body) });
      expect(answer.status).toBe(400);
    }
    const jobs = await apiClient(cloud, cloud.user.token)(
      "GET",
      `/v1/integrations/${things.integration}/jobs`,
    );
    expect(jobs.body).toEqual({ jobs: [] });
  });
});

/** Routes without those that differ from another route only by the product. */
const distinct = all.filter(
  ({ path }) =>
    !path.startsWith("/v1/products/{product}/") ||
    !all.some((other) => other.path === path.replace("/products/{product}", "")),
);

const invalidValues: readonly unknown[] = [
  null,
  "",
  [],
  {},
  { toString: 1 },
  [["x"]],
  -1,
  1e300,
  "NaN",
  "yesterday",
  "\0",
  "\ud800",
  "x".repeat(3_000),
  "__proto__",
];

/** The known fields of a route, read from its refusal of an unknown field. */
const fieldsOf = async (route: Route): Promise<string[]> => {
  const answer = await send(withField(route, "☃", "1"));
  const [, names = ""] = /☃: .*?: known fields are ([^;]*)/.exec(errorDescription(answer)) ?? [];
  const inPath = [...route.path.matchAll(/\{(\w+)/g)].map(([, name]) => name);
  return names.split(", ").filter((name) => name !== "" && name !== "…" && !inPath.includes(name));
};

describe("every response is JSON and none is a 5xx", () => {
  it("for any value of a known field", { timeout: 180_000 }, async () => {
    const requests: Sent[] = [];
    let turn = 0;
    await mapConcurrently(distinct, 8, async (route) => {
      for (const name of await fieldsOf(route)) {
        turn += 1;
        // Tests each value in a third of the fields: all combinations would take minutes.
        const some = invalidValues.filter((_, i) => (i + turn) % 3 === 0);
        for (const value of some) requests.push(withField(route, name, value));
      }
    });
    expect(requests.length).toBeGreaterThan(500);
    await checkAll(requests);
  });

  it("for any path, query and body", { timeout: 180_000 }, async () => {
    const levels = ["x".repeat(2_000), "%00", "%FF", "%zz", "%", "__proto__", "%F0%9F%98%80", "0"];
    const bodies: readonly Pick<Sent, "body" | "type">[] = [
      ...['"x"', "1", "null", "true", "[]", "{", '{"__proto__":{"a":1}}', '{"":1}'].map((body) => ({
        body,
      })),
      { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
      { body: "a=1&a=2&=&[]=1&a[b=%zz", type: "application/x-www-form-urlencoded" },
      { body: "\0", type: "multipart/form-data" },
      { body: "{}", type: "nonsense" },
    ];
    // Deleting the token itself would refuse all later requests.
    const tried = distinct.filter(({ method, path }) => method !== "DELETE" || path.includes("{"));
    const requests = tried.flatMap((route): Sent[] => {
      const { method } = route;
      const names = [...route.path.matchAll(/\{(\w+)/g)].map(([, name = ""]) => name);
      return [
        ...names.flatMap((name) =>
          levels.map((level) => ({
            method,
            path: pathOf(route, { ...things, [name]: level }),
            body: "",
          })),
        ),
        ...["a=1&a=2", "%zz=%00", "=", "a[b]=1", `${"a".repeat(2_000)}=1`].map((query) => ({
          method,
          path: `${pathOf(route)}?${query}`,
          body: "",
        })),
        ...(takesBody(route)
          ? bodies.map((body) => ({ method, path: pathOf(route), ...body }))
          : []),
      ];
    });
    await checkAll(requests);
  });

  it("for requests without a token", async () => {
    const product = { product_id: { toString: 1 } };
    const answer = await apiClient(cloud)("POST", "/v1/devices", product);
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });
});
