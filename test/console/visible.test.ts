import { describe, expect, it } from "vitest";
import { visible } from "../../console/ui/visible.ts";

describe("hostile text on a screen", () => {
  it.each([
    ["a change of direction", "user\u202egnp.exe", "user\\u{202e}gnp.exe"],
    ["an isolate", "a\u2067b\u2069", "a\\u{2067}b\\u{2069}"],
    ["an escape sequence of a terminal", "\u001b[31mred", "\\u{001b}[31mred"],
    ["a null character", "a\u0000b", "a\\u{0000}b"],
    ["an invisible space", "pay\u200bpal", "pay\\u{200b}pal"],
    ["an invisible tag", "a\u{e0041}", "a\\u{e0041}"],
    ["a letter without a shape", "a\u3164b\u115f", "a\\u{3164}b\\u{115f}"],
    ["an invisible mark", "a\u034fb\u180b", "a\\u{034f}b\\u{180b}"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
  ])("shows %s by its code", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it("limits marks that would cover other lines", () => {
    expect(visible(`a${"\u0301".repeat(500)}`)).toBe(`a${"\u0301".repeat(4)}`);
  });

  it("keeps texts of all languages, emoji and line breaks", () => {
    for (const text of ["Grüße", "مرحبا", "नमस्ते", "می‌خواهم", "👩‍🚒", "❤️", "a\tb\nc", "ệ"]) {
      expect(visible(text)).toBe(text);
    }
  });
});
