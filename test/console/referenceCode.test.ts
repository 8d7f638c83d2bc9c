import { expect, it } from "vitest";
import * as z from "zod";
import { openApi } from "#shared/contract/openApi.ts";
import * as client from "../../client/client.ts";
import { codeOf } from "../../console/reference/code.ts";
import { exampleValues, keyOf, requestOf } from "../../console/reference/values.ts";

const api = "https://cloud.example.com/live";

const content = z.record(
  z.string(),
  z.object({ schema: z.looseObject({}), example: z.unknown().optional() }),
);

/** An operation, as the page reads it. */
const operation = z.object({
  operationId: z.string(),
  summary: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  path: z.string(),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        in: z.enum(["path", "query", "header"]),
        schema: z.looseObject({}),
        required: z.boolean().default(false),
        example: z.unknown().optional(),
      }),
    )
    .default([]),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string(), z.object({ content: content.default({}) })),
  "x-godwit-origin": z.enum(["particle", "godwit"]),
  "x-godwit-access": z.string(),
});

const operations = Object.entries(openApi({ server: api }).paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, each]) =>
    operation.parse({ ...each, path, method: method.toUpperCase() }),
  ),
);

/** A request in one form, whichever way its URL was encoded. */
const normalized = (method: string, address: string, body: string) => {
  const { pathname, searchParams } = new URL(address);
  const query = Object.fromEntries(searchParams);
  const json: unknown = body === "" ? undefined : JSON.parse(body);
  return { method, path: decodeURIComponent(pathname), query, body: json };
};

/** Runs code with a `fetch` that sends nothing, and returns what it would have sent. */
const sentBy = async (code: string) => {
  const requests: ReturnType<typeof normalized>[] = [];
  const fetch = async (given: string | Request, init: RequestInit = {}) => {
    const request = given instanceof Request ? given : new Request(given, init);
    requests.push(normalized(request.method, request.url, await request.text()));
    return new Response('{"ok":true}', { headers: { "content-type": "application/json" } });
  };
  const createGodwitClient = (options: client.GodwitOptions) =>
    client.createGodwitClient({ ...options, fetch });
  const names = ["fetch", "token", "createGodwitClient", "reply", "console"];
  const text = code.replace(/^import .*$/m, "");
  const run = Reflect.construct(Function, [...names, `return (async () => {${text}\n})();`]);
  await run(fetch, "t", createGodwitClient, client.reply, { log: () => {} });
  return requests;
};

/** The example of an operation, with a hostile text for each path parameter without one. */
const requestOfExample = (each: z.output<typeof operation>) => {
  const { parameters, body } = exampleValues(each);
  const inPath = each.parameters.filter((one) => one.in === "path" && one.example === undefined);
  const filled = Object.fromEntries(inPath.map((one) => [keyOf(one), "it's `ü`/${x}?#"]));
  const made = requestOf(each, { parameters: { ...parameters, ...filled }, body });
  if ("problem" in made) throw new Error(`${each.operationId}: ${made.problem}`);
  return made.request;
};

it("the JavaScript and the code of the typed client send the request of every operation", async () => {
  for (const each of operations) {
    const request = requestOfExample(each);
    const { method, path, query, body } = request;
    const wanted = {
      method,
      path: decodeURIComponent(`/live${path}`),
      query: query ?? {},
      body,
    };
    const sent = { api: new URL(`${api}/`), request };
    const sentByFetch = await sentBy(codeOf("JavaScript", each, sent));
    const sentByClient = await sentBy(codeOf("Typed client", each, sent));
    expect([each.operationId, sentByFetch, sentByClient]).toEqual([
      each.operationId,
      [wanted],
      [wanted],
    ]);
  }
});

it("makes no request of a missing value, of invalid JSON, or of a name that changes the path", () => {
  const change = operations.find(({ operationId }) => operationId === "changeDevice");
  if (change === undefined) throw new Error("there is no operation changeDevice");
  const values = (device: string, body = "") => ({ parameters: { "path device": device }, body });
  expect(requestOf(change, values(""))).toEqual({ problem: "Enter device." });
  expect(requestOf(change, values("lamp", "{"))).toEqual({
    problem: "The body is not valid JSON.",
  });
  expect(requestOf(change, values(".."))).toHaveProperty("problem");
  expect(requestOf(change, values("a/b?"))).toMatchObject({
    request: { path: "/v1/devices/a%2Fb%3F" },
  });
});
