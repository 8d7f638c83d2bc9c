/** A record of a CSV file, and the line where it begins; the first line is 1. */
export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** An error in a file, with its line. */
export interface BadLine {
  readonly line: number;
  readonly error: string;
}

/**
 * Parses CSV as RFC 4180 defines it: fields are separated by commas, and quoted if they contain
 * commas, quotes (doubled) or line breaks. Lines end with CRLF, LF or CR. Empty lines are skipped.
 * Lines with errors are reported and skipped.
 */
export const readCsv = (text: string): { records: CsvRecord[]; bad: BadLine[] } => {
  const records: CsvRecord[] = [];
  const bad: BadLine[] = [];
  const source = { text: text.replace(/\r\n?/g, "\n"), at: 0, line: 1 };
  while (source.at < source.text.length) {
    const { line } = source;
    const read = readRecord(source);
    if ("error" in read) {
      bad.push({ line, error: read.error });
      skipLine(source);
    } else if (read.fields.length > 1 || read.fields[0] !== "") {
      records.push({ line, fields: read.fields });
    }
  }
  return { records, bad };
};

interface Source {
  readonly text: string;
  at: number;
  line: number;
}

type Read<Value> = Value | { readonly error: string };

const readRecord = (source: Source): Read<{ fields: string[] }> => {
  const fields: string[] = [];
  for (;;) {
    const field = source.text[source.at] === '"' ? readQuoted(source) : readPlain(source);
    if (typeof field !== "string") return field;
    fields.push(field);
    const end = source.text[source.at];
    source.at += 1;
    if (end === ",") continue;
    source.line += 1;
    return { fields };
  }
};

const readPlain = (source: Source): Read<string> => {
  const start = source.at;
  while (!isEnd(source.text[source.at])) source.at += 1;
  const field = source.text.slice(start, source.at);
  if (!field.includes('"')) return field;
  return { error: "a quote is inside a field that does not begin with one" };
};

const isEnd = (char: string | undefined): boolean =>
  char === undefined || char === "," || char === "\n";

const readQuoted = (source: Source): Read<string> => {
  let field = "";
  source.at += 1;
  for (;;) {
    const quote = source.text.indexOf('"', source.at);
    if (quote < 0) {
      source.at = source.text.length;
      return { error: "a quote is not closed" };
    }
    const part = source.text.slice(source.at, quote);
    source.line += part.split("\n").length - 1;
    field += part;
    source.at = quote + 1;
    if (source.text[source.at] === '"') {
      field += '"';
      source.at += 1;
    } else if (isEnd(source.text[source.at])) return field;
    else return { error: "there is text after the closing quote of a field" };
  }
};

const skipLine = (source: Source): void => {
  const end = source.text.indexOf("\n", source.at);
  source.at = end < 0 ? source.text.length : end + 1;
  source.line += 1;
};

/** A line of CSV. */
export const csvLine = (fields: readonly (string | number)[]): string =>
  `${fields.map((field) => quoted(String(field))).join(",")}\n`;

const quoted = (field: string): string =>
  /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
