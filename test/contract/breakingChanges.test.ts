import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { breakingChanges } from "../../contract/breakingChanges.ts";

const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

it("the document has no breaking change against the one of the last release", () => {
  expect(
    breakingChanges(read("client/released/openapi.json"), read("client/openapi.json")),
  ).toEqual([]);
});

const limit = { name: "limit", in: "query", schema: { type: "integer", maximum: 200 } };
const parameters: object[] = [limit];
const alternatives: object[] = [{ type: "string" }, { type: "integer" }];

const device = {
  type: "object",
  properties: {
    id: { type: "string" },
    name: { type: ["string", "null"] },
    on: { type: "boolean" },
  },
  required: ["id"],
};
const input = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 64 },
    kind: { enum: ["a", "b"] },
    at: { anyOf: alternatives },
  },
  required: ["name"],
};

const base = {
  paths: {
    "/v1/devices": {
      get: {
        operationId: "listDevices",
        parameters,
        responses: {
          "200": {
            content: {
              "application/json": {
                schema: { type: "array", items: { $ref: "#/components/schemas/Device" } },
              },
            },
          },
        },
      },
      post: {
        operationId: "addDevice",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Input" } } },
        },
        responses: { "200": {}, "202": {} },
      },
    },
  },
  components: { schemas: { Device: device, Input: input } },
};

type Document = typeof base;

/** The changes after the document's text was changed. */
const after = (change: (document: Document) => void): string[] => {
  const changed = structuredClone(base);
  change(changed);
  return breakingChanges(base, changed);
};

const get = (document: Document) => document.paths["/v1/devices"].get;
const post = (document: Document) => document.paths["/v1/devices"].post;
const deviceOf = (document: Document) => document.components.schemas.Device.properties;
const inputOf = (document: Document) => document.components.schemas.Input.properties;
const remove = (from: object, name: string) => Reflect.deleteProperty(from, name);

describe("a breaking change is named", () => {
  it.each<[string, (document: Document) => void, string]>([
    ["a path is removed", (d) => remove(d.paths, "/v1/devices"), "the operation was removed"],
    [
      "a method is removed",
      (d) => remove(d.paths["/v1/devices"], "post"),
      "POST /v1/devices: the operation was removed",
    ],
    ["an operation is renamed", (d) => Object.assign(get(d), { operationId: "x" }), "now named x"],
    [
      "a parameter is removed",
      (d) => get(d).parameters.pop(),
      "the parameter query limit was removed",
    ],
    [
      "a parameter is required",
      (d) => Object.assign(get(d).parameters[0]!, { required: true }),
      "is now required",
    ],
    [
      "a new parameter is required",
      (d) => get(d).parameters.push({ name: "q", in: "query", required: true }),
      "query q is now required",
    ],
    [
      "a limit is lower",
      (d) => Object.assign(get(d).parameters[0]!, { schema: { type: "integer", maximum: 100 } }),
      "maximum was 200 and is 100",
    ],
    [
      "a limit is new",
      (d) => Object.assign(inputOf(d).name, { minLength: 1 }),
      "minLength was absent and is 1",
    ],
    ["a status is removed", (d) => remove(post(d).responses, "202"), "the reply 202 was removed"],
    [
      "a content type is removed",
      (d) => Object.assign(get(d).responses["200"], { content: {} }),
      "no longer application/json",
    ],
    [
      "a field of a reply is removed",
      (d) => remove(deviceOf(d), "name"),
      "an item: the field name was removed",
    ],
    [
      "a field of a reply has another type",
      (d) => Object.assign(deviceOf(d).on, { type: "string" }),
      "the field on was boolean and is string",
    ],
    [
      "a field of a reply may be null",
      (d) => Object.assign(deviceOf(d).id, { type: ["string", "null"] }),
      "the field id was string and is string or null",
    ],
    [
      "a field of a reply may be absent",
      (d) => Object.assign(d.components.schemas.Device, { required: [] }),
      "id is no longer always present",
    ],
    [
      "a field of input is removed",
      (d) => remove(inputOf(d), "kind"),
      "the field kind was removed",
    ],
    [
      "a field of input is required",
      (d) => Object.assign(d.components.schemas.Input, { required: ["name", "kind"] }),
      "kind is now required",
    ],
    [
      "a value of input is removed",
      (d) => Object.assign(inputOf(d).kind, { enum: ["a"] }),
      'kind no longer accepts "b"',
    ],
    [
      "an alternative of input is removed",
      (d) => inputOf(d).at.anyOf.pop(),
      "the field at was integer and is string",
    ],
    [
      "the body is another one",
      (d) => Object.assign(post(d), { requestBody: undefined }),
      "the body was removed",
    ],
  ])("%s", (_, change, message) => {
    expect(after(change).join("\n")).toContain(message);
  });
});

describe("no breaking change is", () => {
  it.each<[string, (document: Document) => void]>([
    ["nothing", () => {}],
    ["a new path", (d) => Object.assign(d.paths, { "/v1/x": { get: get(d) } })],
    ["a new optional parameter", (d) => get(d).parameters.push({ name: "q", in: "query" })],
    ["a new field of a reply", (d) => Object.assign(deviceOf(d), { more: {} })],
    [
      "a field of a reply that is never null any more",
      (d) => Object.assign(deviceOf(d).name, { type: "string" }),
    ],
    ["a new optional field of input", (d) => Object.assign(inputOf(d), { more: {} })],
    ["a wider input", (d) => Object.assign(inputOf(d).name, { maxLength: 100 })],
    ["a new value of input", (d) => inputOf(d).kind.enum.push("c")],
    ["a new alternative of input", (d) => inputOf(d).at.anyOf.push({ type: "boolean" })],
    [
      "an optional field of input",
      (d) => Object.assign(d.components.schemas.Input, { required: [] }),
    ],
    ["a new status", (d) => Object.assign(get(d).responses, { "404": {} })],
  ])("%s", (_, change) => {
    expect(after(change)).toEqual([]);
  });
});
