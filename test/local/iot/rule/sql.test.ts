import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSql } from "../../../../local/iot/rule/sql.ts";
import { parseSubstitution } from "../../../../local/iot/rule/substitution.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.

const message = (payload: string, clientId?: string) => ({
  topic: "events/f1/d1/t",
  payload: Buffer.from(payload),
  ...(clientId !== undefined && { clientId }),
});

const select = (sql: string, payload = '{"a":{"b":[1]},"c":"x"}', clientId?: string) =>
  JSON.parse(parseSql(sql).select(message(payload, clientId)).toString());

describe("the rule SQL", () => {
  it("gives the payload as it is for SELECT * alone, whatever it is", () => {
    const bytes = Buffer.from([0, 255, 128]);
    const { select: all } = parseSql("SELECT * FROM 'a/#'");
    expect(all({ topic: "a/b", payload: bytes })).toEqual(bytes);
  });

  it("adds to the payload's fields what is named after the star", () => {
    expect(select("SELECT *, topic() AS t, 5 AS c FROM 'e'")).toEqual({
      a: { b: [1] },
      c: 5,
      t: "events/f1/d1/t",
    });
  });

  it("gives fields under their own last name or another", () => {
    expect(select("select a.b, c as d, 'text' AS e, -1.5 AS f from 'e'")).toEqual({
      b: [1],
      d: "x",
      e: "text",
      f: -1.5,
    });
  });

  it("leaves out a field that is not there", () => {
    expect(select("SELECT a.b.c.d, x, c FROM 'e'")).toEqual({ c: "x" });
    expect(select("SELECT constructor, toString AS s FROM 'e'")).toEqual({});
  });

  it("gives what its functions say", () => {
    const before = Date.now();
    const row = select(
      "SELECT topic(3) AS d, topic(9) AS none, timestamp() AS at, newuuid() AS id, clientid() AS who, encode(*, 'base64') AS data FROM 'e'",
      "\u0000 not JSON",
      "d1",
    );
    expect(row).toMatchObject({ d: "d1", who: "d1" });
    expect(row).not.toHaveProperty("none");
    expect(Buffer.from(row.data, "base64").toString()).toBe("\u0000 not JSON");
    expect(row.at).toBeGreaterThanOrEqual(before);
    expect(row.id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("writes JSON that the queue's emulator takes, whatever characters are in it", () => {
    const { select: run } = parseSql("SELECT topic() AS t FROM 'e/#'");
    const json = run({ topic: "e/😀é", payload: Buffer.alloc(0) }).toString();
    expect(json).not.toContain("😀");
    expect(JSON.parse(json)).toEqual({ t: "e/😀é" });
  });

  it("says that nobody published by MQTT what came by HTTP", () => {
    expect(select("SELECT clientid() AS who FROM 'e'")).toEqual({ who: "n/a" });
  });

  it.each(["[1]", "not JSON", "null", "5"])(
    "does not apply fields to the payload %s",
    (payload) => {
      expect(() => select("SELECT a FROM 'e'", payload)).toThrow("not a JSON object");
    },
  );

  it.each([
    ["SELECT sin(1) AS x FROM 'e'", "sin"],
    ["SELECT constructor() AS x FROM 'e'", "constructor"],
    ["SELECT topic(0) AS x FROM 'e'", "topic"],
    ["SELECT topic(1, 2) AS x FROM 'e'", "topic"],
    ["SELECT timestamp(1) AS x FROM 'e'", "timestamp"],
    ["SELECT encode(*, 'hex') AS x FROM 'e'", "encode"],
    ["SELECT * FROM 'e' WHERE a = 1", "cannot read = 1"],
    ["SELECT * FROM 'e' WHERE a", "WHERE"],
    ["SELECT * FROM 'e/#/f'", "e/#/f"],
    ["SELECT * FROM e", "single quotes"],
    ["SELECT topic() FROM 'e'", "AS"],
    ["SELECT FROM 'e'", "FROM"],
    ["SELECT * FROM 'e' LIMIT", "LIMIT"],
    ["SELECT a + b AS c FROM 'e'", "+ b"],
    ["UPDATE x", "UPDATE"],
    ["", "it ends"],
  ])("stops the start at %s and names what it does not know", (sql, name) => {
    expect(() => parseSql(sql)).toThrow(name);
  });

  it("reads every statement of its subset, however it is spaced and cased", () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/).filter((w) => !/^(as|from)$/.test(w));
    const space = fc.constantFrom(" ", "  ", "\n\t");
    const column = fc.oneof(
      fc.constant("*"),
      fc.array(word, { minLength: 1, maxLength: 3 }).map((path) => path.join(".")),
      fc
        .tuple(fc.constantFrom("topic()", "topic(2)", "'it'", "7"), word)
        .map(([e, w]) => `${e} As ${w}`),
    );
    const columns = fc.array(column, { minLength: 1, maxLength: 4 });
    const keyword = (text: string) => fc.constantFrom(text, text.toLowerCase());
    fc.assert(
      fc.property(columns, space, keyword("SELECT"), keyword("FROM"), (list, gap, SELECT, FROM) => {
        const sql = `${gap}${SELECT}${gap}${list.join(`,${gap}`)}${gap}${FROM}${gap}'a/+/#'${gap}`;
        expect(parseSql(sql).from).toBe("a/+/#");
      }),
    );
  });

  it("never gives more than an error for any text", () => {
    const unit = fc.constantFrom(
      "SELECT ",
      "FROM ",
      "'",
      "*",
      "a",
      ",",
      "(",
      ")",
      ".",
      " ",
      "1",
      "AS ",
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        try {
          expect(parseSql(text).from).toBeTypeOf("string");
        } catch (error) {
          expect(error).toMatchObject({ name: "SqlNotKnown" });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a substitution template", () => {
  it("is filled in from the message", () => {
    const key = parseSubstitution("x/${topic(2)}/${a.b}/${c}-${clientid()}.json");
    expect(key(message('{"a":{"b":1},"c":"z"}', "d1"))).toBe("x/f1/1/z-d1.json");
  });

  it("stops the start at an expression that it does not know", () => {
    expect(() => parseSubstitution("x/${sin(1)}")).toThrow("sin");
    expect(() => parseSubstitution("x/${topic() topic()}")).toThrow("expected the end");
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.
