import { randomUUID } from "node:crypto";

/** An email. Addresses and subject contain no control characters. */
interface Email {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Further headers. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Maximum length of a line in octets. RFC 5322, 2.1.1. */
const lineBytesMax = 998;

/** Maximum number of UTF-8 octets in an encoded word of 75 characters. RFC 2047, 2. */
const wordBytesMax = 45;

/**
 * Formats an email as an RFC 5322 file (`.eml`) with UTF-8 text and CR LF line ends. Fails when a
 * header value could be read as two headers.
 */
export const eml = ({ from, to, subject, text, more }: Email, date: Date): string => {
  const lines = text.split(/\r\n|\r|\n/);
  const isPlain = lines.every((line) => Buffer.byteLength(line) <= lineBytesMax);
  const headers: Readonly<Record<string, string>> = {
    ...more,
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
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${checkedHeader(value)}`);
  return [...head, "", body].join("\r\n");
};

/** A continuation line starts with a space. No other line break may occur in a header. */
const checkedHeader = (value: string): string => {
  if (/\r\n(?! )|(?<!\r)\n|\r(?!\n)/.test(value)) throw new Error("a header has a line break");
  return value;
};

/** Encodes header text: unchanged when it is ASCII, otherwise as encoded words. RFC 2047. */
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
