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
  JSON.parse(parseSql(sql).select(message(payload, clientId))!.toString());

/** The value of an expression. */
const value = (expression: string, payload?: string): unknown =>
  select(`SELECT ${expression} AS v FROM 'e'`, payload).v;

const passes = (condition: string, payload = "{}"): boolean =>
  parseSql(`SELECT * FROM 'e' WHERE ${condition}`).select(message(payload)) !== undefined;

describe("the rule SQL", () => {
  it("returns the raw payload for SELECT * alone", () => {
    const bytes = Buffer.from([0, 255, 128]);
    const { select: all } = parseSql("SELECT * FROM 'a/#'");
    expect(all({ topic: "a/b", payload: bytes })).toEqual(bytes);
  });

  it("adds the columns after the star to the payload's fields", () => {
    expect(select("SELECT *, topic() AS t, 5 AS c FROM 'e'")).toEqual({
      a: { b: [1] },
      c: 5,
      t: "events/f1/d1/t",
    });
  });

  it("names fields by their last part or by an alias", () => {
    expect(select("select a.b, c as d, 'text' AS e, -1.5 AS f from 'e'")).toEqual({
      b: [1],
      d: "x",
      e: "text",
      f: -1.5,
    });
  });

  it("omits a missing field", () => {
    expect(select("SELECT a.b.c.d, x, c FROM 'e'")).toEqual({ c: "x" });
    expect(select("SELECT constructor, toString AS s FROM 'e'")).toEqual({});
  });

  it("evaluates its functions", () => {
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

  it("writes JSON that the SQS emulator accepts, with any characters", () => {
    const { select: run } = parseSql("SELECT topic() AS t FROM 'e/#'");
    const json = run({ topic: "e/😀é", payload: Buffer.alloc(0) })!.toString();
    expect(json).not.toContain("😀");
    expect(JSON.parse(json)).toEqual({ t: "e/😀é" });
  });

  it("returns n/a as the client id of a message published over HTTP", () => {
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
    ["SELECT * FROM 'e' WHERE a % 2 = 1", "cannot read % 2"],
    ["SELECT * FROM 'e' WHERE", "it ends"],
    ["SELECT * FROM 'e' WHERE (a = 1", "expected )"],
    ["SELECT * FROM 'e' WHERE a = 'x' b", "found b"],
    ["SELECT * FROM 'e' WHERE regexp_matches(a, b)", "regexp_matches"],
    ["SELECT * FROM 'e' WHERE regexp_matches(a, '(')", "regexp_matches"],
    ["SELECT * FROM 'e' WHERE regexp_matches(*, 'a')", "regexp_matches"],
    ["SELECT concat(a) AS x FROM 'e'", "concat"],
    ["SELECT floor(*) AS x FROM 'e'", "floor"],
    ["SELECT - 'a' AS x FROM 'e'", "found a"],
    [`SELECT ${"(".repeat(50_000)} AS x FROM 'e'`, "parentheses"],
    [`SELECT ${"NOT ".repeat(50_000)} AS x FROM 'e'`, "NOTs"],
    ["SELECT * FROM 'e/#/f'", "e/#/f"],
    ["SELECT * FROM e", "single quotes"],
    ["SELECT topic() FROM 'e'", "AS"],
    ["SELECT FROM 'e'", "FROM"],
    ["SELECT * FROM 'e' LIMIT", "LIMIT"],
    ["SELECT a + b FROM 'e'", "AS"],
    ["UPDATE x", "UPDATE"],
    ["", "it ends"],
  ])("rejects %s and names the unsupported part", (sql, name) => {
    expect(() => parseSql(sql)).toThrow(name);
  });
});

describe("the rule SQL of a device's replies", () => {
  const returns =
    "SELECT topic(2) AS device, id AS call, encode(*, 'base64') AS reply, floor(timestamp() / 1000) + 3600 AS expiresAt FROM 'returns/+' WHERE regexp_matches(id, '^[0-9a-f]{32}$')";

  it("stores a device's reply under the call's id with its expiry", () => {
    const id = "0123456789abcdef".repeat(2);
    const reply = JSON.stringify({ id, value: 7 });
    const before = Math.floor(Date.now() / 1_000);
    const { select: keep, from } = parseSql(returns);
    const kept = JSON.parse(keep({ topic: "returns/d1", payload: Buffer.from(reply) })!.toString());
    expect(from).toBe("returns/+");
    expect(kept).toEqual({
      device: "d1",
      call: id,
      reply: Buffer.from(reply).toString("base64"),
      expiresAt: expect.any(Number),
    });
    expect(kept.expiresAt - 3_600 - before).toBeOneOf([0, 1]);
  });

  it.each(['{"id":"no"}', '{"id":null}', '{"id":[]}', "{}"])("stores no reply of %s", (payload) => {
    const reply = { topic: "returns/d1", payload: Buffer.from(payload) };
    expect(parseSql(returns).select(reply)).toBeUndefined();
  });

  it("does not apply to a reply that is not JSON", () => {
    const reply = { topic: "returns/d1", payload: Buffer.from([0, 1]) };
    expect(() => parseSql(returns).select(reply)).toThrow("not a JSON object");
  });
});

describe("expressions of the rule SQL", () => {
  it.each([
    ["1 + 2 * 3 - 4 / 2", 5],
    ["(1 + 2) * 3", 9],
    ["7 / 2", 3],
    ["7.0 / 2.5", 2.8],
    ["1-1", 0],
    ["'5' * '1.5'", 7.5],
    ["'a' + 1", "a1"],
    ["'a' + true", undefined],
    ["c + a.b", "x[1]"],
    ["a + 1", undefined],
    ["none + 1", undefined],
    ["none - 1", undefined],
    ["1 / 0", undefined],
    ["floor(-1.5)", -2],
    ["floor('2.9')", 2],
    ["floor(c)", undefined],
    ["concat(topic(2), a.b, 1)", ["f1", 1, 1]],
    ["concat(topic(2), '/', c, 1)", "f1/x1"],
    ["concat(a.b, c)", [1, "x"]],
    ["concat(c, none)", undefined],
    ["concat(1, 2)", undefined],
    ["1 = 1.0", true],
    ["c <> 'x'", false],
    ["NOT c = 'x'", false],
  ])("computes %s", (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  it.each([
    ["n = 5 AND s = 'on'", true],
    ["n = 5 AND s = 'off'", false],
    ["n = 4 OR s = 'on'", true],
    ["n = 4 OR s = 'off' OR b", true],
    ["n = 5 OR n = 4 AND n = 3", true],
    ["(n = 5 OR n = 4) AND n = 3", false],
    ["NOT n = 4 AND NOT n = 3", true],
    ["n = '5'", false],
    ["n <> '5'", true],
    ["n > 4.5", true],
    ["n >= 5 AND n <= 5 AND NOT n < 5", true],
    ["n > '4'", true],
    ["o = p", true],
    ["none = 1", false],
    ["none <> 1", false],
    ["NOT none = 1", false],
    ["none = 1 OR n = 5", false],
    ["n", false],
    ["'TRUE'", true],
    ["regexp_matches(n, '^5$')", true],
    ["regexp_matches(b, 'true')", true],
    ["regexp_matches(s, 'n')", true],
    ["regexp_matches(s, '^n')", false],
    ["regexp_matches(none, '.*')", false],
    ["NOT regexp_matches(none, '.*')", false],
    ["regexp_matches(nothing, '.*')", false],
    ["regexp_matches(concat(s, '-', topic(2)), '^on-f1$')", true],
  ])("evaluates WHERE %s as %s", (condition, expected) => {
    const payload = '{"n":5,"s":"on","b":true,"o":{"a":1,"b":2},"p":{"b":2,"a":1},"nothing":null}';
    expect(passes(condition, payload)).toBe(expected);
  });

  it("does not parse the payload when WHERE uses no field", () => {
    expect(passes("topic(1) = 'events'", "\u0000")).toBe(true);
    expect(() => passes("topic(1) = 'events' AND a = 1", "\u0000")).toThrow("not a JSON object");
  });
});

describe("parsing of the rule SQL", () => {
  it("parses every statement of its subset with any spacing and case", () => {
    const word = fc
      .stringMatching(/^[a-z][a-z0-9_]{0,5}$/)
      .filter((w) => !/^(as|from|not)$/.test(w));
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

  it("throws only an UnsupportedSqlError for arbitrary text", () => {
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
      "WHERE ",
      "NOT ",
      "AND ",
      "= ",
      "-",
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
  it("is rendered from the message", () => {
    const key = parseSubstitution("x/${topic(2)}/${a.b}/${c}-${clientid()}.json");
    expect(key(message('{"a":{"b":1},"c":"z"}', "d1"))).toBe("x/f1/1/z-d1.json");
  });

  it("rejects an unsupported expression", () => {
    expect(() => parseSubstitution("x/${sin(1)}")).toThrow("sin");
    expect(() => parseSubstitution("x/${topic() topic()}")).toThrow("expected the end");
  });
});

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.
