import { describe, expect, it } from "vitest";
import { eml } from "../../../local/mail/eml.ts";

const letter = {
  from: "a@b.example",
  to: ["ada@example.com"],
  subject: "Hello",
  text: "Hi\nyou\n",
};
const at = new Date("2026-01-02T03:04:05Z");

const headersOf = (text: string): Map<string, string> => {
  const [head = ""] = text.split("\r\n\r\n");
  const lines = head.replaceAll("\r\n ", " ").split("\r\n");
  return new Map(lines.map((line) => [line.split(": ")[0]!, line.slice(line.indexOf(": ") + 2)]));
};

describe("an email file", () => {
  it("has the headers of an email, and lines that end with CR LF", () => {
    const text = eml(letter, at);
    expect(Object.fromEntries(headersOf(text))).toEqual({
      Date: "Fri, 02 Jan 2026 03:04:05 +0000",
      From: "a@b.example",
      To: "ada@example.com",
      Subject: "Hello",
      "Message-ID": expect.stringMatching(/^<[\w-]+@localhost>$/),
      "MIME-Version": "1.0",
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Transfer-Encoding": "8bit",
    });
    expect(text.endsWith("\r\n\r\nHi\r\nyou\r\n")).toBe(true);
  });

  it.each(["Grüße aus Köln", "🛰".repeat(60), "=?UTF-8?B?SGk=?="])(
    "encodes the subject %s in encoded words of valid length",
    (subject) => {
      const value = headersOf(eml({ ...letter, subject }, at)).get("Subject") ?? "";
      const words = value.split(" ");
      const texts = words.map((word) => {
        expect(word.length).toBeLessThanOrEqual(75);
        return Buffer.from(/^=\?UTF-8\?B\?(.+)\?=$/.exec(word)?.[1] ?? "", "base64").toString();
      });
      expect(texts.join("")).toBe(subject);
    },
  );

  it.each(["x\r\nBcc: eve@example.com", "x\nBcc: eve@example.com", "x\rBcc: y"])(
    "rejects an address that adds a header: %j",
    (from) => {
      expect(() => eml({ ...letter, from }, at)).toThrow("line break");
    },
  );

  it("does not add a header from a subject", () => {
    const text = eml({ ...letter, subject: "x\r\nBcc: eve@example.com" }, at);
    expect([...headersOf(text).keys()]).not.toContain("Bcc");
  });

  it("encodes lines above the maximum length", () => {
    const text = eml({ ...letter, text: "ü".repeat(600) }, at);
    expect(headersOf(text).get("Content-Transfer-Encoding")).toBe("base64");
    const [, body = ""] = text.split("\r\n\r\n");
    expect(Buffer.from(body, "base64").toString()).toBe("ü".repeat(600));
  });
});
