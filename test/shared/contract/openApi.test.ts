import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { portablePattern } from "#shared/contract/jsonSchema.ts";
import { openApi } from "#shared/contract/openApi.ts";
import { particleOperations } from "#shared/contract/origin.ts";
import { routes } from "#shared/routes/table.ts";

const server = "http://127.0.0.1:8080";
const document = openApi({ server });

const content = z.record(
  z.string(),
  z.looseObject({ schema: z.looseObject({}), example: z.unknown().optional() }),
);

const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  parameters: z
    .array(z.looseObject({ name: z.string(), in: z.string(), schema: z.looseObject({}) }))
    .default([]),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
  "x-godwit-origin": z.enum(["particle", "godwit"]),
});

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, each]) => [`${method.toUpperCase()} ${path}`, operation.parse(each)] as const,
  ),
);

/** The operation with a name. */
const operationOf = (id: string) => {
  const [, found] = operations.find(([, each]) => each.operationId === id) ?? [];
  if (found === undefined) throw new Error(`no operation ${id}`);
  return found;
};

it("the document has no findings of Redocly", { timeout: 60_000 }, async () => {
  const config = await createConfig({
    extends: ["recommended"],
    rules: {
      // Particle's API has the paths /v1/devices/{device}/{name} and /v1/devices/events/{prefix}.
      "no-ambiguous-paths": "off",
    },
  });
  const problems = await lintFromString({ source: JSON.stringify(document), config });
  const shown = problems.map(({ ruleId, message, location: [first] }) => [
    ruleId,
    message,
    first?.pointer,
  ]);
  expect(shown).toEqual([]);
});

it("has every URL of the route table except the files of the console, and no other one", () => {
  const ofApi = routes.filter((route) => route.function !== "console");
  const urls = ofApi.map(({ method, path }) => `${method} ${path.replace("+}", "}")}`);
  expect(operations.map(([name]) => name).sort()).toEqual(urls.sort());
});

it("has a name for each operation, and one component for each reply", () => {
  const ids = operations.map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const named = new Map(routes.map(({ name, route }) => [name, route]));
  expect(routes.filter(({ name, route }) => named.get(name) !== route)).toEqual([]);
});

it("marks the operations of Particle's API, which all exist", () => {
  const all = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  expect(particleOperations.filter((each) => !all.has(each))).toEqual([]);
  expect(operationOf("listDevices")["x-godwit-origin"]).toBe("particle");
  expect(operationOf("listRecoveries")["x-godwit-origin"]).toBe("godwit");
});

describe("schemas", () => {
  const ajv = addFormats.default(
    new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }),
  );
  ajv.addVocabulary(["components"]);
  ajv.addSchema({ $id: "openapi", components: document.components });
  const problemsOf = (schema: object, value: unknown): unknown => {
    const text = JSON.stringify(schema).replaceAll("#/components", "openapi#/components");
    const validate = ajv.compile(JSON.parse(text));
    return validate(value) ? [] : validate.errors;
  };

  it.each(operations)("accept the examples of %s", (_, { requestBody, responses }) => {
    for (const { schema, example } of Object.values(requestBody?.content ?? {})) {
      expect(problemsOf(schema, example)).toEqual([]);
    }
    const replies = Object.entries(responses).filter(([status]) => status.startsWith("2"));
    for (const [type, { schema, example }] of replies.flatMap(([, { content: given = {} }]) =>
      Object.entries(given),
    )) {
      if (type === "application/json" && example !== undefined)
        expect(problemsOf(schema, example)).toEqual([]);
    }
  });

  it("refuse unknown fields of input, and allow more fields of replies", () => {
    const { requestBody, responses } = operationOf("publishEvent");
    const sent = requestBody?.content["application/json"]?.schema ?? {};
    expect(problemsOf(sent, { name: "a" })).toEqual([]);
    expect(problemsOf(sent, { name: "a", nmae: "b" })).not.toEqual([]);
    const done = responses["200"]?.content?.["application/json"]?.schema ?? {};
    expect(problemsOf(done, { ok: true, later: 1 })).toEqual([]);
    const closed = openApi({ server, replies: "closedReply" }).components.schemas;
    expect(closed.PublishEventReply).toMatchObject({ additionalProperties: false });
  });
});

it("documents the values that clients should send, not their text in a form", () => {
  const limit = operationOf("listDeadLetters").parameters.find(({ name }) => name === "limit");
  expect(limit?.schema).toMatchObject({ type: "integer", minimum: 1 });
  const plan = operationOf("replayDeadLetters").requestBody?.content["application/json"];
  expect(JSON.stringify(document.components.schemas)).toContain('"plan":{"type":"boolean"}');
  expect(plan).toBeDefined();
});

describe("patterns", () => {
  it("have no character classes that other languages lack", () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)];
    const texts = patterns.map(([, text = ""]) => String(JSON.parse(text)));
    expect(texts.length).toBeGreaterThan(50);
    expect(texts.filter((text) => /\\[pP]\{|\\u\{|\(\?</.test(text))).toEqual([]);
  });

  it.each(["^\\P{Cc}*$", "^[\\t\\n\\r\\P{Cc}]*$", "^[^+#\\p{Cc}\\p{Cs}]*$"])(
    "accept the same characters as %s",
    (pattern) => {
      const [unicode, portable] = [new RegExp(pattern, "u"), new RegExp(portablePattern(pattern))];
      for (let code = 0; code < 0xd800; code += 1) {
        const text = String.fromCharCode(code);
        if (portable.test(text) !== unicode.test(text)) throw new Error(`differs at ${code}`);
      }
    },
  );
});

it("does not put passwords and lists into a URL", () => {
  for (const [, { parameters }] of operations) {
    const query = parameters.filter((each) => each.in === "query");
    expect(query.filter(({ name }) => name === "password")).toEqual([]);
    expect(query.filter(({ schema }) => schema.type === "array")).toEqual([]);
  }
  expect(operationOf("removeUser").requestBody).toBeDefined();
});

it("has the errors of each operation by status, and those of API Gateway", () => {
  const { responses } = operationOf("callFunction");
  expect(Object.keys(responses)).toEqual(
    expect.arrayContaining(["400", "401", "403", "404", "408", "413", "429", "5XX"]),
  );
});

it("names each object, because client generators make a type of each", () => {
  const nested = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(
      ([key, inner]) =>
        (key !== "properties" &&
          typeof inner === "object" &&
          inner !== null &&
          "properties" in inner) ||
        nested(inner),
    );
  const { schemas } = document.components;
  const found = Object.entries(schemas).filter(([, { properties = {}, ...rest }]) =>
    [rest, ...Object.values(Object(properties))].some(
      (each) => nested(each) || (typeof each === "object" && each !== null && "properties" in each),
    ),
  );
  expect(found.map(([name]) => name)).toEqual([]);
  expect(schemas).toHaveProperty("ListDevicesReplyOption1Item");
});
