import { type Expression, field } from "./expression.ts";
import { type Argument, functions } from "./functions.ts";
import { not, operators } from "./operators.ts";
import { UnsupportedSqlError } from "./sqlErrors.ts";
import { type Token, tokens } from "./tokens.ts";

/** A parsed expression. */
interface Parsed {
  readonly expression: Expression;
  /** The default column name: a field has its own. */
  readonly name?: string;
  readonly constant?: string | number;
}

/** Maximum nesting of parentheses, NOTs and arguments. More would be a mistake in a template. */
const depthMax = 20;

/** Parses a rule's SQL. All parsing methods fail with an `UnsupportedSqlError`. */
export class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  /** Consumes a keyword (case-insensitive) or a symbol if it is next. Returns whether it was. */
  takes(expected: string): boolean {
    const token = this.#tokens[this.#next];
    const isNext =
      token !== undefined &&
      token.kind !== "string" &&
      token.text.toUpperCase() === expected.toUpperCase();
    if (isNext) this.#next += 1;
    return isNext;
  }

  expect(expected: string): void {
    if (!this.takes(expected)) throw this.#unexpected(`expected ${expected}`);
  }

  string(): string {
    return this.#take("string", "a string in single quotes").text;
  }

  word(): string {
    return this.#take("word", "a name").text;
  }

  end(): void {
    if (this.#next < this.#tokens.length) throw this.#unexpected("expected the end");
  }

  /** An expression of constants, functions, payload fields and operators. */
  expression(): Parsed {
    this.#depth += 1;
    if (this.#depth > depthMax)
      throw new UnsupportedSqlError(this.#text, "parentheses are nested too deeply");
    const parsed = this.#operation(0);
    this.#depth -= 1;
    return parsed;
  }

  /** An operation with operators of this precedence or higher. */
  #operation(level: number): Parsed {
    const known = operators[level];
    if (known === undefined) return this.#operand();
    // NOT has a lower precedence than comparisons and a higher one than AND.
    if ("=" in known && this.takes("NOT")) return this.#negation(level);
    let parsed = this.#operation(level + 1);
    for (;;) {
      const found = Object.entries(known).find(([sign]) => this.takes(sign));
      if (found === undefined) return parsed;
      const [, compute] = found;
      const { expression: left } = parsed;
      const { expression: right } = this.#operation(level + 1);
      parsed = { expression: (message) => compute(left(message), right(message)) };
    }
  }

  #negation(level: number): Parsed {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new UnsupportedSqlError(this.#text, "too many NOTs");
    const { expression } = this.#operation(level);
    this.#depth -= 1;
    return { expression: (message) => not(expression(message)) };
  }

  #operand(): Parsed {
    if (this.takes("(")) {
      const { expression } = this.expression();
      this.expect(")");
      return { expression };
    }
    const token = this.#tokens[this.#next];
    if (token?.kind !== "word") {
      const constant = this.#constant();
      return { expression: () => constant, constant };
    }
    const name = this.word();
    return this.takes("(") ? { expression: this.#call(name) } : this.#field(name);
  }

  #field(first: string): Parsed {
    const path = [first];
    while (this.takes(".")) path.push(this.word());
    const name = path.at(-1);
    return { expression: field(path), ...(name !== undefined && { name }) };
  }

  #call(name: string): Expression {
    const args = this.#arguments();
    const known = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (known === undefined) throw new UnsupportedSqlError(this.#text, `the function ${name}`);
    const expression = known(args);
    if (expression === undefined)
      throw new UnsupportedSqlError(this.#text, `these arguments of ${name}`);
    return expression;
  }

  #arguments(): Argument[] {
    if (this.takes(")")) return [];
    const args: Argument[] = [];
    do args.push(this.#argument());
    while (this.takes(","));
    this.expect(")");
    return args;
  }

  #argument(): Argument {
    if (this.takes("*")) return { value: ({ payload }) => payload, isPayload: true };
    const { expression: value, constant } = this.expression();
    return { value, ...(constant !== undefined && { constant }) };
  }

  #constant(): string | number {
    const sign = this.takes("-") ? -1 : 1;
    const token = this.#tokens[this.#next];
    const isNegated = sign < 0;
    const isConstant = token?.kind === "number" || (token?.kind === "string" && !isNegated);
    if (!isConstant) throw this.#unexpected("expected a value");
    this.#next += 1;
    return token.kind === "number" ? sign * token.value : token.text;
  }

  #take(kind: Token["kind"], what: string): Token {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) throw this.#unexpected(`expected ${what}`);
    this.#next += 1;
    return token;
  }

  #unexpected(expected: string): UnsupportedSqlError {
    const token = this.#tokens[this.#next];
    const found = token === undefined ? "it ends" : `found ${token.text}`;
    return new UnsupportedSqlError(this.#text, `${expected}, ${found}`);
  }
}
