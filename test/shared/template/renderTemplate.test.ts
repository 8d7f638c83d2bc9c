import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderedCharsMax, templateStepsMax } from "#shared/template/limits.ts";
import { templateRenderer } from "#shared/template/renderTemplate.ts";

const unusable = expect.objectContaining({ code: "invalid_request" });

describe("a template", () => {
  const renderText = templateRenderer(() => ({
    x: `<b> & "q" 'a'`,
    n: 21.5,
    zero: 0,
    no: false,
    nothing: null,
    a: { b: [{ ca: "deep" }] },
    list: [1, 2],
    rows: [{ v: "p" }, { v: "q" }],
    text: "abc",
  }));

  it.each([
    ["no variable", "no variable"],
    ["{{x}}", "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;"],
    ["{{{x}}}{{&x}}", `<b> & "q" 'a'<b> & "q" 'a'`],
    ["{{n}} {{zero}} {{no}}", "21.5 0 false"],
    ["[{{nothing}}{{unknown}}{{a.unknown.x}}]", "[]"],
    ["{{a.b.0.ca}}", "deep"],
    ["{{#a}}{{b.0.ca}} {{n}}{{/a}}", "deep 21.5"],
    ["{{#list}}{{.}},{{/list}}", "1,2,"],
    ["{{#rows}}{{v}}{{/rows}}{{^rows}}none{{/rows}}", "pq"],
    ["{{^nothing}}none{{/nothing}}{{#zero}}some{{/zero}}", "none"],
    ["{{text.length}} {{#text}}{{length}}{{/text}}", "3 "],
    ["{{list}} {{! a comment }}{{> partial}}", "1,2 "],
    ["{{=<% %>=}}<% n %>", "21.5"],
  ])("%s becomes %s", (template, text) => {
    expect(renderText(template)).toBe(text);
  });

  it("renders any value unescaped in triple braces", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (v) => {
        expect(templateRenderer(() => ({ v }))("{{{v}}}")).toBe(v);
      }),
    );
  });

  it("escapes a value for HTML in double braces", () => {
    const unescaped = (text: string) =>
      text
        .replaceAll("&#39;", "'")
        .replaceAll("&quot;", '"')
        .replaceAll("&gt;", ">")
        .replaceAll("&lt;", "<")
        .replaceAll("&amp;", "&");
    fc.assert(
      fc.property(fc.string(), (v) => {
        const filled = templateRenderer(() => ({ v }))("{{v}}");
        expect(filled).not.toMatch(/[<>"']/);
        expect(unescaped(filled)).toBe(v);
      }),
    );
  });

  it.each(["{{#x}}", "{{/x}}", "{{x", "{{#a}}{{#b}}{{/a}}{{/b}}", "{{=x}}"])(
    "%s is malformed and fails with a Failure",
    (broken) => {
      expect(() => renderText(broken)).toThrow(unusable);
    },
  );

  it.each([
    "{{constructor}}",
    "{{toString}}",
    "{{x.constructor.constructor}}",
    "{{__proto__}}",
    "{{a.b.join}}",
    "{{a.b.0.ca.repeat}}",
    "{{#constructor}}in{{/constructor}}",
    "{{#a.b.push}}in{{/a.b.push}}",
    "{{#x.constructor.constructor}}return 1{{/x.constructor.constructor}}",
  ])("%s reaches no function of the language", (template) => {
    expect(renderText(template)).toBe("");
  });

  it("fails if its sections have too many iterations", () => {
    const list = Array.from({ length: 1_000 }, () => 1);
    const nested = "{{#list}}{{#list}}{{#list}}{{/list}}{{/list}}{{/list}}";
    expect(() => templateRenderer(() => ({ list }))(nested)).toThrow(unusable);
    expect(templateRenderer(() => ({ list }))("{{#list}}{{/list}}")).toBe("");
    expect(list.length ** 3).toBeGreaterThan(templateStepsMax);
  });

  it("fails if all templates of a request together render too much text", () => {
    const big = "x".repeat(renderedCharsMax / 4);
    const four = "{{{big}}}{{big}}{{{big}}}{{big}}";
    expect(templateRenderer(() => ({ big }))(four)).toHaveLength(renderedCharsMax);
    expect(() => templateRenderer(() => ({ big }))(`${four}.`)).toThrow(unusable);
    const renderText = templateRenderer(() => ({ big }));
    renderText(four);
    expect(() => renderText("{{{big}}}")).toThrow(unusable);
    expect(renderText("still here")).toBe("still here");
  });

  it("reads the variables once, and only for a template with a tag", () => {
    let reads = 0;
    const renderText = templateRenderer(() => {
      reads += 1;
      return { a: "x" };
    });
    expect(renderText("plain } {")).toBe("plain } {");
    expect(reads).toBe(0);
    expect([renderText("{{a}}"), renderText("{{a}}{{a}}"), reads]).toEqual(["x", "xx", 1]);
  });

  it("fails without a crash at any nesting depth", () => {
    const deep = `${"{{#a}}".repeat(9_000)}x${"{{/a}}".repeat(9_000)}`;
    let a: unknown = "x";
    a = { a };
    expect(() => templateRenderer(() => ({ a }))(deep)).toThrow(unusable);
  });
});
