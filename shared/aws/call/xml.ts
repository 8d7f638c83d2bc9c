/**
 * The texts of all elements with a name, in order. For responses of S3, whose text elements have
 * neither attributes nor CDATA sections.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/Type_API_Reference.html
 */
export const textsOf = (xml: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map(([, text = ""]) =>
    unescaped(text),
  );

const characters: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

const unescaped = (text: string): string =>
  text.replaceAll(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return characters[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });

/** A text in an element. Characters that XML cannot contain are not allowed in keys of S3. */
export const escaped = (text: string): string =>
  text.replaceAll(/[&<>"'\r\n]/g, (character) => `&#${character.codePointAt(0)};`);
