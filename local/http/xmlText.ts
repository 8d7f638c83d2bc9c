const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

const escapeXml = (text: string): string =>
  text.replaceAll(/[&<>"\r]/g, (character) => escapes[character] ?? character);

/** One or several elements, in order. An array is repeated; `undefined` is omitted. */
export interface Elements {
  readonly [name: string]: string | number | boolean | Elements | readonly Elements[] | undefined;
}

/** Elements as XML. Texts are escaped. */
export const xmlOf = (elements: Elements): string =>
  Object.entries(elements)
    .flatMap(([name, value]) => {
      if (value === undefined) return [];
      const values = Array.isArray(value) ? value : [value];
      return values.map((one) => `<${name}>${contentOf(one)}</${name}>`);
    })
    .join("");

const contentOf = (value: string | number | boolean | Elements): string =>
  typeof value === "object" ? xmlOf(value) : escapeXml(String(value));
