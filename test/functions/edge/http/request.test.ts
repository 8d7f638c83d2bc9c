import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyBytesMax, formDepthMax, jsonDepthMax } from "#shared/api/limits.ts";
import { readRequest, readToken } from "../../../../functions/edge/http/request.ts";
import { httpEvent } from "./httpEvent.ts";

const fieldsOf = (event: Parameters<typeof readRequest>[0]) => readRequest(event).fields;

const json = { "Content-Type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
const invalid = expect.objectContaining({ code: "invalid_request", status: 400 });
const base64 = (text: string) => Buffer.from(text).toString("base64");
const nested = (depth: number) => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;

describe("the fields of a request", () => {
  it("come from the query, the body and the path", () => {
    const event = httpEvent({
      query: { a: "query", n: "1" },
      headers: json,
      body: '{"b":"body","d":{"e":[1]},"n":1}',
      path: { c: "path" },
    });
    expect(fieldsOf(event)).toEqual({ a: "query", b: "body", c: "path", d: { e: [1] }, n: 1 });
  });

  it.each([
    { query: { a: "1" }, body: '{"a":2}' },
    { query: { a: "1" }, path: { a: "2" } },
    { body: '{"a":"1"}', path: { a: "2" } },
    { body: '{"a":{"toString":1}}', path: { a: "2" } },
    { queries: { a: ["1", "2"] } },
  ])("are refused if one has two different values (%j)", (given) => {
    const queries = given.queries ?? null;
    const event = httpEvent({ headers: json, ...given });
    expect(() => fieldsOf({ ...event, multiValueQueryStringParameters: queries })).toThrow(/^a: /);
  });

  it("of a path are decoded once", () => {
    const path = { prefix: "a%2Fb%20c", twice: "a%252Fb", broken: "100%", plus: "a+b" };
    expect(fieldsOf(httpEvent({ path }))).toEqual({
      prefix: "a/b c",
      twice: "a%2Fb",
      broken: "100%",
      plus: "a+b",
    });
  });

  it("can be absent", () => {
    expect(fieldsOf(httpEvent({}))).toEqual({});
    expect(fieldsOf(httpEvent({ headers: json, body: "  " }))).toEqual({});
  });

  it("are parsed from JSON for any content type, and from base64", () => {
    const body = '{"name":"é","data":"{}"}';
    const fields = { name: "é", data: "{}" };
    expect(fieldsOf(httpEvent({ body }))).toEqual(fields);
    // `curl -d '{…}'`
    expect(fieldsOf(httpEvent({ body, headers: form }))).toEqual(fields);
    const encoded = { body: base64(body), isBase64Encoded: true };
    expect(fieldsOf(httpEvent({ ...encoded, headers: json }))).toEqual(fields);
  });

  it("are parsed from a form, with a content type in any case", () => {
    const body = "name=a+b&data=%C3%A9%26&empty=";
    const fields = { name: "a b", data: "é&", empty: "" };
    expect(fieldsOf(httpEvent({ body, headers: form }))).toEqual(fields);
    const headers = { "CONTENT-TYPE": "Application/X-WWW-Form-Urlencoded" };
    expect(fieldsOf(httpEvent({ body, headers }))).toEqual(fields);
  });

  it.each([
    ["json[foo]=1&json[bar][x]=2&json[bar][y]=3", { json: { foo: "1", bar: { x: "2", y: "3" } } }],
    ["a[=1", { a: ["1"] }],
    ["a[]=1&a[]=2", { a: ["1", "2"] }],
    ["a=1&a=1", { a: "1" }],
    ["=1", { "": "1" }],
    ["constructor[x]=1&toString=2", { constructor: { x: "1" }, toString: "2" }],
  ])("of the form %s are nested", (body, fields) => {
    expect(fieldsOf(httpEvent({ body, headers: form }))).toEqual(fields);
  });

  it.each(["a=1&a=2", "a=1&a[b]=2", "a[b]=2&a=1", "a[]=1&a=2", "a[]=1&a[b]=2", "a[b]=1&a[b]=2"])(
    "of the form %s are refused: one has two values",
    (body) => {
      expect(() => fieldsOf(httpEvent({ body, headers: form }))).toThrow(/more than once/);
    },
  );

  it("of a form have a maximum depth", () => {
    const body = (depth: number) => `a${"[b]".repeat(depth - 1)}=1`;
    expect(fieldsOf(httpEvent({ body: body(formDepthMax), headers: form }))).toHaveProperty("a");
    const deeper = httpEvent({ body: body(formDepthMax + 1), headers: form });
    expect(() => fieldsOf(deeper)).toThrow(invalid);
  });

  it("never modify the prototype of objects", () => {
    const fields = fieldsOf(
      httpEvent({ body: '{"__proto__":{"admin":true},"a":1}', headers: json }),
    );
    expect(fields.admin).toBeUndefined();
    expect(fields.a).toBeDefined();
    for (const body of ["__proto__[admin]=true&a=1", "b[__proto__][admin]=true"]) {
      expect(() => fieldsOf(httpEvent({ body, headers: form }))).toThrow(invalid);
    }
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  it.each([
    "[]",
    "[1]",
    "null",
    "1",
    '"text"',
    "{",
    "{} x",
    "name=x",
    nested(jsonDepthMax + 1),
    nested(120_000),
  ])("cannot be parsed from %.20s", (body) => {
    expect(() => fieldsOf(httpEvent({ body, headers: json }))).toThrow(invalid);
  });

  it("are parsed from JSON of the maximum depth", () => {
    expect(fieldsOf(httpEvent({ body: nested(jsonDepthMax - 1) }))).toHaveProperty("a");
  });

  it("are refused if the decoded body exceeds the limit in bytes", () => {
    const tooLarge = expect.objectContaining({ code: "too_large", status: 413 });
    const body = `{"a":"${"é".repeat(bodyBytesMax / 2 - 4)}"}`;
    expect(Buffer.byteLength(body)).toBe(bodyBytesMax);
    expect(fieldsOf(httpEvent({ body }))).toHaveProperty("a");
    expect(() => fieldsOf(httpEvent({ body: `${body} ` }))).toThrow(tooLarge);
    const encoded = { body: base64(`${body} `), isBase64Encoded: true };
    expect(() => fieldsOf(httpEvent(encoded))).toThrow(tooLarge);
  });

  it("are parsed in time from a form with the maximum number of fields", () => {
    const body = Array.from({ length: 25_000 }, (_, i) => `a[${i}]=`).join("&");
    const { a } = fieldsOf(httpEvent({ body, headers: form }));
    expect(Object.keys(a as object)).toHaveLength(25_000);
  });

  it("are parsed in time from a form with a list of the maximum length", () => {
    const length = Math.floor((bodyBytesMax + 1) / "d[]=&".length);
    const body = Array.from({ length }, () => "d[]=").join("&");
    expect(fieldsOf(httpEvent({ body, headers: form })).d).toHaveLength(length);
    expect(fieldsOf(httpEvent({ body: "d[]=2&d[]=1&d[]=2", headers: form }))).toEqual({
      d: ["2", "1", "2"],
    });
  });

  it("contain the client id and secret of HTTP Basic authentication", () => {
    const headers = { authorization: `Basic ${base64("particle:par:ticle")}` };
    const client = { client_id: "particle", client_secret: "par:ticle" };
    expect(fieldsOf(httpEvent({ headers }))).toEqual(client);
    const body = "client_id=other";
    expect(fieldsOf(httpEvent({ headers: { ...form, ...headers }, body }))).toEqual({
      ...client,
      client_id: "other",
    });
  });

  it("are parsed or refused for any input", () => {
    const type = fc.constantFrom("application/json", "application/x-www-form-urlencoded", "");
    const text = fc.oneof(fc.string(), fc.json(), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(type, text, fc.boolean(), (contentType, body, isBase64Encoded) => {
        const event = httpEvent({
          body,
          isBase64Encoded,
          headers: { "content-type": contentType },
        });
        try {
          expect(fieldsOf(event)).toBeTypeOf("object");
        } catch (error) {
          expect(error).toEqual(invalid);
        }
      }),
    );
  });
});

describe("the token of a request", () => {
  const read = (given: Parameters<typeof httpEvent>[0]) => {
    const event = httpEvent(given);
    return readToken(event, fieldsOf(event));
  };

  it("is in the header, the body or the query; the header has precedence", () => {
    const query = { access_token: "query" };
    const body = "access_token=body";
    expect(read({ query })).toBe("query");
    expect(read({ query, body, headers: form })).toBe("body");
    expect(read({ query, headers: { Authorization: "Bearer header" } })).toBe("header");
    expect(read({ headers: { authorization: "bearer  header " } })).toBe("header");
  });

  it.each([
    {},
    { headers: { authorization: "Bearer " } },
    { headers: { authorization: "Bearer a b" } },
    { headers: { authorization: `Basic ${base64("a:b")}` } },
    { body: '{"access_token":{"$ne":null}}', headers: json },
    { body: "access_token[a]=b", headers: form },
  ])("is absent in %o", (given) => {
    expect(read(given)).toBeUndefined();
  });
});

it("names a field of a form that occurs twice by its path", () => {
  const event = httpEvent({ headers: form, body: "json[a]=1&json[a]=2" });
  expect(() => fieldsOf(event)).toThrow("json.a: is in the body more than once");
});
