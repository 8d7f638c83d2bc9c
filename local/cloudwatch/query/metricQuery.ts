import { querySeriesMax } from "../limits.ts";

/** A parsed query of CloudWatch Metrics Insights. */
export interface MetricQuery {
  readonly aggregate: Aggregate;
  readonly metricName: string;
  readonly namespace: string;
  /** `SCHEMA`: only metrics with exactly these dimensions. */
  readonly schema?: readonly string[];
  readonly where: readonly Condition[];
  readonly groupBy: readonly string[];
  readonly orderBy?: { readonly aggregate: Aggregate; readonly isDescending: boolean };
  readonly limit: number;
}

export type Aggregate = "AVG" | "COUNT" | "MAX" | "MIN" | "SUM";

interface Condition {
  readonly label: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** Whether an expression of an alarm is a metric query. */
export const isMetricQuery = (expression: string): boolean => /^\s*SELECT\s/i.test(expression);

type Token = { readonly kind: "word" | "quoted" | "text" | "symbol"; readonly value: string };

const tokenPattern = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\w+)|(!=|[=(),]))/y;

const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const [, quoted, value, word, symbol] = tokenPattern.exec(text) ?? [];
    if (quoted !== undefined) tokens.push({ kind: "quoted", value: unquoted(quoted) });
    else if (value !== undefined) tokens.push({ kind: "text", value: unquoted(value) });
    else if (word !== undefined) tokens.push({ kind: "word", value: word });
    else if (symbol !== undefined) tokens.push({ kind: "symbol", value: symbol });
    else throw new Error(`'${text.slice(at).trim()}' is not valid in the query '${text}'`);
  }
  return tokens;
};

const unquoted = (text: string): string => text.replaceAll(/\\(.)/g, "$1");

/**
 * Parses a metric query. Keywords are in any case. Fails with an error that shows the fault.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */
export const parseMetricQuery = (text: string): MetricQuery => {
  const reader = new QueryReader(text);
  reader.keyword("SELECT");
  const aggregate = reader.aggregate();
  reader.symbol("(");
  const metricName = reader.identifier();
  reader.symbol(")");
  reader.keyword("FROM");
  const source = reader.source();
  const where = reader.takeKeyword("WHERE") ? reader.conditions() : [];
  const groupBy = reader.takeKeywords("GROUP", "BY") ? reader.identifiers() : [];
  const orderBy = reader.takeKeywords("ORDER", "BY") ? reader.order() : undefined;
  const limit = reader.takeKeyword("LIMIT") ? reader.limit() : querySeriesMax;
  reader.end();
  return {
    aggregate,
    metricName,
    ...source,
    where,
    groupBy,
    ...(orderBy !== undefined && { orderBy }),
    limit,
  };
};

const aggregates: readonly Aggregate[] = ["AVG", "COUNT", "MAX", "MIN", "SUM"];

class QueryReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  keyword(name: string): void {
    if (!this.takeKeyword(name)) throw this.#unexpected(name);
  }

  takeKeyword(name: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" || token.value.toUpperCase() !== name) return false;
    this.#at += 1;
    return true;
  }

  takeKeywords(first: string, second: string): boolean {
    if (!this.takeKeyword(first)) return false;
    this.keyword(second);
    return true;
  }

  symbol(value: string): void {
    if (!this.#takeSymbol(value)) throw this.#unexpected(`'${value}'`);
  }

  #takeSymbol(value: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "symbol" || token.value !== value) return false;
    this.#at += 1;
    return true;
  }

  aggregate(): Aggregate {
    const token = this.#tokens[this.#at];
    const found = aggregates.find((each) => each === token?.value.toUpperCase());
    if (found === undefined) throw this.#unexpected(`one of ${aggregates.join(", ")}`);
    this.#at += 1;
    return found;
  }

  identifier(): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "word" && token?.kind !== "quoted") throw this.#unexpected("a name");
    this.#at += 1;
    return token.value;
  }

  identifiers(): string[] {
    const names = [this.identifier()];
    while (this.#takeSymbol(",")) names.push(this.identifier());
    return names;
  }

  source(): Pick<MetricQuery, "namespace" | "schema"> {
    if (!this.takeKeyword("SCHEMA")) return { namespace: this.identifier() };
    this.symbol("(");
    const [namespace = "", ...schema] = this.identifiers();
    this.symbol(")");
    return { namespace, schema };
  }

  conditions(): Condition[] {
    const conditions: Condition[] = [];
    do {
      const label = this.identifier();
      const isEqual = this.#takeSymbol("=");
      if (!isEqual && !this.#takeSymbol("!=")) throw this.#unexpected("= or !=");
      const token = this.#tokens[this.#at];
      if (token?.kind !== "text") throw this.#unexpected("a value in single quotation marks");
      this.#at += 1;
      conditions.push({ label, isEqual, value: token.value });
    } while (this.takeKeyword("AND"));
    return conditions;
  }

  order(): MetricQuery["orderBy"] {
    const aggregate = this.aggregate();
    this.symbol("(");
    this.symbol(")");
    const isDescending = this.takeKeyword("DESC");
    if (!isDescending) this.takeKeyword("ASC");
    return { aggregate, isDescending };
  }

  limit(): number {
    const limit = Number(this.identifier());
    if (Number.isInteger(limit) && limit >= 1 && limit <= querySeriesMax) return limit;
    throw new Error(`LIMIT must be a number from 1 to ${querySeriesMax} in '${this.#text}'`);
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#unexpected("the end");
  }

  #unexpected(expected: string): Error {
    const token = this.#tokens[this.#at];
    const found = token === undefined ? "the end" : `'${token.value}'`;
    return new Error(`expected ${expected}, found ${found} in the query '${this.#text}'`);
  }
}
