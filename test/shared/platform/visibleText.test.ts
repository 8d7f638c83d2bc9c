import { describe, expect, it } from "vitest";
import { excerpt, jsonLine, visible, visibleLines } from "#shared/platform/visibleText.ts";

/** Text that controls a terminal, hides other text or changes its order. */
const hostile = [
  "\u001b[2J\u001b[H",
  "\u001b]0;title\u0007",
  "\u001b]8;;https://example.com\u001b\\link\u001b]8;;\u001b\\",
  "\u001bP1$r0m\u001b\\",
  "\u009b31m",
  "\u0090payload\u009c",
  "line\r\nline\nline\u0085line\u2028line\u2029line",
  "back\b\b\b\bspace\u007f",
  "\t\v\f\0",
  "\u202egnp.exe\u202c",
  "\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
  "\u200b\u2060\ufeff\u00ad\u3164\u115f",
  "\u{e0041}\u{e007f}",
  "pay\u200bpal pay\u200cpal pay\u200dpal pay\ufe0fpal",
  "a\u034fb\u180b \ufff9a\ufffa",
  "\ud800",
  "\udfff",
];

const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not occur.
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff\ufff9-\ufffb]|\u034f|\u180b|[a-z](?:\u200c|\u200d|\ufe0f)|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/u;

describe("visible", () => {
  it.each(hostile)("leaves nothing that a terminal acts on: %j", (text) => {
    expect(visible(text)).not.toMatch(controls);
    expect(excerpt(text.repeat(100), 50)).not.toMatch(controls);
    expect(jsonLine({ text })).not.toMatch(controls);
    expect(visibleLines(text).replaceAll(/[\n\t]/g, "")).not.toMatch(controls);
  });

  it("keeps text of all languages, and emoji", () => {
    const texts = [
      "Grüße, 温度",
      "درجة",
      "तापमान",
      "می\u200cخواهم",
      "क्\u200dष",
      "👩‍👩‍👧",
      "👩🏽‍🚒",
      "❤️",
      "1️⃣",
      "ệ",
    ];
    for (const text of texts) expect(visible(text)).toBe(text);
    expect(visibleLines("a\tb\r\nc")).toBe("a\tb\nc");
  });

  it("shows which character was there", () => {
    expect(visible("a\u001b[31mb\nc")).toBe("a\\u{1b}[31mb\\nc");
  });

  it("limits the marks of a letter, which cover the lines above", () => {
    expect(visible(`a${"\u0301".repeat(100)}b`)).toBe(`a${"\u0301".repeat(4)}b`);
  });

  it("prints JSON that a program reads as the same value", () => {
    for (const text of hostile.filter((one) => one.isWellFormed())) {
      expect(JSON.parse(jsonLine({ [text]: [text] }))).toEqual({ [text]: [text] });
    }
  });

  it("cuts long text at a whole character", () => {
    expect(excerpt("ab👍cd", 3)).toBe("ab\ufffd…");
    expect(excerpt("short", 5)).toBe("short");
  });
});
