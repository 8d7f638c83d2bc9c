import { scanTokens } from "../../platform/scanTokens.ts";
import { querySeriesMax } from "../limits.ts";
import { TokenReader } from "../tokenReader.ts";

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

const tokensOf = (text: string): Token[] =>
  scanTokens(text, tokenPattern, {
    tokenOf,
    invalid: (rest) => new Error(`'${rest.trim()}' is not valid in the query '${text}'`),
  });

const tokenOf = ([, quoted, value, word, symbol]: RegExpExecArray): Token => {
  if (quoted !== undefined) return { kind: "quoted", value: unquoted(quoted) };
  if (value !== undefined) return { kind: "text", value: unquoted(value) };
  if (word !== undefined) return { kind: "word", value: word };
  return { kind: "symbol", value: symbol ?? "" };
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
  readonly #tokens: TokenReader<Token>;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = new TokenReader(text, tokensOf(text));
  }

  keyword(name: string): void {
    if (!this.takeKeyword(name)) throw this.#unexpected(name);
  }

  takeKeyword(name: string): boolean {
    const token = this.#tokens.current;
    if (token?.kind !== "word" || token.value.toUpperCase() !== name) return false;
    this.#tokens.advance();
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
    const token = this.#tokens.current;
    if (token?.kind !== "symbol" || token.value !== value) return false;
    this.#tokens.advance();
    return true;
  }

  aggregate(): Aggregate {
    const token = this.#tokens.current;
    const found = aggregates.find((each) => each === token?.value.toUpperCase());
    if (found === undefined) throw this.#unexpected(`one of ${aggregates.join(", ")}`);
    this.#tokens.advance();
    return found;
  }

  identifier(): string {
    const token = this.#tokens.current;
    if (token?.kind !== "word" && token?.kind !== "quoted") throw this.#unexpected("a name");
    this.#tokens.advance();
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
      const token = this.#tokens.current;
      if (token?.kind !== "text") throw this.#unexpected("a value in single quotation marks");
      this.#tokens.advance();
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
    if (this.#tokens.current !== undefined) throw this.#unexpected("the end");
  }

  #unexpected(expected: string): Error {
    const { found } = this.#tokens;
    return new Error(`expected ${expected}, found ${found} in the query '${this.#text}'`);
  }
}
