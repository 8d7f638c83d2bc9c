import { type Argument, type Expression, field, functions } from "./expression.ts";

/** A rule's SQL, or an expression in it, that is not understood here. */
export class SqlNotKnown extends Error {
  override readonly name = "SqlNotKnown";

  constructor(text: string, problem: string) {
    super(`the rule SQL ${JSON.stringify(text)} is not known here: ${problem}`);
  }
}

type Token =
  | { readonly kind: "word" | "string" | "symbol"; readonly text: string }
  | { readonly kind: "number"; readonly text: string; readonly value: number };

const tokenPattern =
  /\s*(?:(?<word>[a-zA-Z_][a-zA-Z0-9_]*)|(?<number>-?\d+(?:\.\d+)?)|'(?<string>[^']*)'|(?<symbol>[*,.()]))/y;

const tokens = (text: string): Token[] => {
  const found: Token[] = [];
  const end = text.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(text)?.groups;
    if (groups === undefined) throw new SqlNotKnown(text, `cannot read ${text.slice(at).trim()}`);
    const { word, number, string, symbol } = groups;
    if (word !== undefined) found.push({ kind: "word", text: word });
    else if (number !== undefined)
      found.push({ kind: "number", text: number, value: Number(number) });
    else if (string !== undefined) found.push({ kind: "string", text: string });
    else found.push({ kind: "symbol", text: symbol ?? "" });
  }
  return found;
};

/** An expression and the name that its value gets when it is given none: a field's own. */
export interface Parsed {
  readonly expression: Expression;
  readonly name?: string;
}

/** Reads a rule's SQL from left to right. Every method that reads fails with an `SqlNotKnown`. */
export class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  /** Takes a keyword, in upper or lower case, or a symbol, if it comes next. */
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

  /** A constant, a function or a field of the payload. */
  expression(): Parsed {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "word") {
      const constant = this.#constant();
      return { expression: () => constant };
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
    if (known === undefined) throw new SqlNotKnown(this.#text, `the function ${name}`);
    const expression = known(args);
    if (expression === undefined) throw new SqlNotKnown(this.#text, `these arguments of ${name}`);
    return expression;
  }

  #arguments(): Argument[] {
    if (this.takes(")")) return [];
    const args: Argument[] = [];
    do args.push(this.takes("*") ? { payload: true } : { constant: this.#constant() });
    while (this.takes(","));
    this.expect(")");
    return args;
  }

  #constant(): string | number {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "string" && token?.kind !== "number")
      throw this.#unexpected("expected a value");
    this.#next += 1;
    return token.kind === "number" ? token.value : token.text;
  }

  #take(kind: Token["kind"], what: string): Token {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) throw this.#unexpected(`expected ${what}`);
    this.#next += 1;
    return token;
  }

  #unexpected(expected: string): SqlNotKnown {
    const token = this.#tokens[this.#next];
    const found = token === undefined ? "it ends" : `found ${token.text}`;
    return new SqlNotKnown(this.#text, `${expected}, ${found}`);
  }
}
