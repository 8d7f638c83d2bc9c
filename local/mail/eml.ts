import { randomUUID } from "node:crypto";

/** A mail as it is handed over. Neither its addresses nor its subject have control characters. */
interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/** A line has at most 998 octets. RFC 5322, 2.1.1. */
const lineBytesMax = 998;

/** So many octets of UTF-8 fit into an encoded word of 75 characters. RFC 2047, 2. */
const wordBytesMax = 45;

/**
 * A mail as a file that mail programs open, lines ended by CR LF: RFC 5322, its text as UTF-8. Fails when a header could be read
 * as two.
 */
export const eml = ({ from, to, subject, text }: Letter, date: Date): string => {
  const lines = text.split(/\r\n|\r|\n/);
  const isPlain = lines.every((line) => Buffer.byteLength(line) <= lineBytesMax);
  const headers = {
    Date: date.toUTCString().replace("GMT", "+0000"),
    From: from,
    To: to.join(", "),
    Subject: encodedWords(subject),
    "Message-ID": `<${randomUUID()}@localhost>`,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": isPlain ? "8bit" : "base64",
  };
  const body = isPlain ? lines.join("\r\n") : base64Lines(lines.join("\r\n"));
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${oneHeader(value)}`);
  return [...head, "", body].join("\r\n");
};

/** Lines that go on in the next one begin with a space there: nothing else may break a header. */
const oneHeader = (value: string): string => {
  if (/\r\n(?! )|(?<!\r)\n|\r(?!\n)/.test(value)) throw new Error("a header has a line break");
  return value;
};

/** Text of a header: as it is when it is ASCII, else in encoded words. RFC 2047. */
const encodedWords = (text: string): string => {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("=?")) return text;
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (Buffer.byteLength(word + character) > wordBytesMax) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  return [...words, word]
    .map((each) => `=?UTF-8?B?${Buffer.from(each).toString("base64")}?=`)
    .join("\r\n ");
};

const base64Lines = (text: string): string =>
  (
    Buffer.from(text)
      .toString("base64")
      .match(/.{1,76}/g) ?? []
  ).join("\r\n");
