import type { AwsResponse } from "../../http/awsRequest.ts";
import { type Elements, xmlOf } from "../../http/xmlText.ts";
import { s3Failure } from "../errors.ts";

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

const codePointMax = 0x10ffff;

const unescapeXml = (text: string): string =>
  text.replaceAll(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    const code = /^#(x?)([0-9a-f]+)$/i.exec(name);
    if (code === null) return named[name] ?? whole;
    const point = Number.parseInt(code[2] ?? "", code[1] ? 16 : 10);
    if (!(point <= codePointMax)) throw s3Failure("MalformedXML");
    return String.fromCodePoint(point);
  });

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A response with one root element. */
export const xmlResponse = (name: string, elements: Elements, status = 200): AwsResponse => ({
  status,
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="${namespace}">${xmlOf(elements)}</${name}>`,
});

/**
 * The contents of all elements with this name, at any level. Elements do not contain themselves.
 */
export const elementsIn = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, "gs"))].map(
    ([, content]) => content ?? "",
  );

/** The text of the first element with this name. */
export const textIn = (xml: string, name: string): string | undefined => {
  const [content] = elementsIn(xml, name);
  return content === undefined ? undefined : unescapeXml(content);
};
