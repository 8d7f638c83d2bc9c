import { scanTokens } from "../../platform/scanTokens.ts";
import { TokenReader } from "../tokenReader.ts";
import type { Expression, Operator } from "./expression.ts";

type Token =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly value: string }
  | { readonly kind: "symbol"; readonly value: string };

const tokenPattern =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|'([^']*)'|"([^"]*)"|([A-Za-z]\w*)|(==|!=|<=|>=|&&|\|\||[-+*/^<>(),[\]]))/y;

const tokensOf = (text: string): Token[] =>
  scanTokens(text, tokenPattern, {
    tokenOf,
    invalid: (rest) => new Error(`'${rest.trim()}' is not valid in '${text}'`),
  });

const tokenOf = ([, number, single, double, name, symbol]: RegExpExecArray): Token => {
  if (number !== undefined) return { kind: "number", value: Number(number) };
  if (name !== undefined) return { kind: "name", value: name };
  if (symbol !== undefined) return { kind: "symbol", value: symbol };
  return { kind: "text", value: single ?? double ?? "" };
};

/** Operators by precedence, the weakest first. All are left associative except `^`. */
const levels: readonly Readonly<Record<string, Operator>>[] = [
  { OR: "OR", "||": "OR" },
  { AND: "AND", "&&": "AND" },
  { "==": "==", "!=": "!=", "<=": "<=", ">=": ">=", "<": "<", ">": ">" },
  { "+": "+", "-": "-" },
  { "*": "*", "/": "/" },
];

/**
 * Parses a metric math expression. Fails with an error that shows the position of the fault.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export const parseMath = (text: string): Expression => {
  const reader = new MathReader(text);
  const expression = reader.level(0);
  reader.end();
  return expression;
};

class MathReader {
  readonly #text: string;
  readonly #tokens: TokenReader<Token>;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = new TokenReader(text, tokensOf(text));
  }

  end(): void {
    if (this.#tokens.current !== undefined) throw this.#unexpected();
  }

  /** An operation of this precedence or a stronger one. */
  level(index: number): Expression {
    const operators = levels[index];
    if (operators === undefined) return this.#unary();
    let left = this.level(index + 1);
    for (;;) {
      const operator = operators[this.#operatorText()];
      if (operator === undefined) return left;
      this.#tokens.advance();
      left = { kind: "operation", operator, left, right: this.level(index + 1) };
    }
  }

  #operatorText(): string {
    const token = this.#tokens.current;
    return token?.kind === "symbol" || token?.kind === "name" ? token.value : "";
  }

  #unary(): Expression {
    if (!this.#take("-")) return this.#power();
    return this.#tokens.nested(() => ({ kind: "minus", operand: this.#unary() }));
  }

  #power(): Expression {
    const left = this.#primary();
    if (!this.#take("^")) return left;
    return this.#tokens.nested(() => ({
      kind: "operation",
      operator: "^",
      left,
      right: this.#unary(),
    }));
  }

  #primary(): Expression {
    const token = this.#tokens.current;
    if (token === undefined) throw this.#unexpected();
    if (this.#take("(")) {
      const inner = this.#tokens.nested(() => this.level(0));
      this.#expect(")");
      return inner;
    }
    if (this.#take("[")) return { kind: "list", items: this.#items("]") };
    if (token.kind === "symbol") throw this.#unexpected();
    this.#tokens.advance();
    if (token.kind === "number") return { kind: "number", value: token.value };
    if (token.kind === "text") return { kind: "text", value: token.value };
    if (this.#take("(")) return { kind: "call", name: token.value, args: this.#items(")") };
    // "The Id field for all metrics and math expressions must start with a lowercase letter."
    const isId = /^[a-z]/.test(token.value);
    return isId ? { kind: "id", id: token.value } : { kind: "word", word: token.value };
  }

  #items(end: string): Expression[] {
    return this.#tokens.nested(() => {
      const items: Expression[] = [];
      if (this.#take(end)) return items;
      do items.push(this.level(0));
      while (this.#take(","));
      this.#expect(end);
      return items;
    });
  }

  #take(symbol: string): boolean {
    const token = this.#tokens.current;
    if (token?.kind !== "symbol" || token.value !== symbol) return false;
    this.#tokens.advance();
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(`, where ${symbol} is expected`);
  }

  #unexpected(where = ""): Error {
    return new Error(`unexpected ${this.#tokens.found} in '${this.#text}'${where}`);
  }
}
