import { nestingMax } from "./limits.ts";

/** Reads the tokens of an expression, a query or an alarm rule from left to right. */
export class TokenReader<Token extends { readonly value: string | number }> {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string, tokens: readonly Token[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  /** The next token; `undefined` at the end. */
  get current(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** The next token, as errors show it. */
  get found(): string {
    return this.current === undefined ? "the end" : `'${this.current.value}'`;
  }

  advance(): void {
    this.#at += 1;
  }

  /** Reads one level of nesting, whose number is limited. */
  nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > nestingMax) throw new Error(`'${this.#text}' is nested too deeply`);
    const result = read();
    this.#depth -= 1;
    return result;
  }
}
