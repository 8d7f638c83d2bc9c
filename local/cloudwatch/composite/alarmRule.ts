import { scanTokens } from "../../platform/scanTokens.ts";
import type { AlarmState } from "../alarm/evaluate.ts";
import { childrenMax, ruleElementsMax } from "../limits.ts";
import { TokenReader } from "../tokenReader.ts";

/** The parsed rule of a composite alarm. */
export type AlarmRule =
  | { readonly kind: "constant"; readonly value: boolean }
  /** Whether an alarm, by its name or ARN, is in a state. */
  | { readonly kind: "is"; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: "not"; readonly rule: AlarmRule }
  | { readonly kind: "and" | "or"; readonly left: AlarmRule; readonly right: AlarmRule }
  | {
      readonly kind: "atLeast";
      readonly count: number;
      readonly state: AlarmState;
      readonly isNegated: boolean;
      readonly alarms: readonly string[];
    };

const tokenPattern = /\s*(?:"((?:[^"\\]|\\.)*)"|([(),])|([^\s"(),]+))/y;

interface Token {
  readonly value: string;
  readonly isQuoted: boolean;
}

const tokensOf = (text: string): Token[] =>
  scanTokens(text, tokenPattern, {
    tokenOf: ([, quoted, symbol, word]) => ({
      value: quoted?.replaceAll(/\\(.)/g, "$1") ?? symbol ?? word ?? "",
      isQuoted: quoted !== undefined,
    }),
    invalid: (rest) => new Error(`'${rest}' is not valid in the alarm rule`),
  });

/**
 * Parses the rule of a composite alarm: `ALARM`, `OK`, `INSUFFICIENT_DATA`, `AT_LEAST`, `TRUE`,
 * `FALSE`, `AND`, `OR`, `NOT` and parentheses. Fails with an error that shows the fault.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html
 */
export const parseAlarmRule = (text: string): AlarmRule => {
  const reader = new RuleReader(text);
  const rule = reader.or();
  reader.end();
  const children = new Set(alarmsOf(rule));
  if (children.size > childrenMax) {
    throw new Error(`the alarm rule has ${children.size} alarms; the maximum is ${childrenMax}`);
  }
  return rule;
};

/** The names and ARNs of the alarms of a rule. */
export const alarmsOf = (rule: AlarmRule): readonly string[] => {
  switch (rule.kind) {
    case "constant":
      return [];
    case "is":
      return [rule.alarm];
    case "not":
      return alarmsOf(rule.rule);
    case "atLeast":
      return rule.alarms;
    default:
      return [...alarmsOf(rule.left), ...alarmsOf(rule.right)];
  }
};

/** Whether a rule is true for the states of its alarms. */
export const isRuleTrue = (
  rule: AlarmRule,
  stateOf: (alarm: string) => AlarmState | undefined,
): boolean => {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "is":
      return stateOf(rule.alarm) === rule.state;
    case "not":
      return !isRuleTrue(rule.rule, stateOf);
    case "and":
      return isRuleTrue(rule.left, stateOf) && isRuleTrue(rule.right, stateOf);
    case "or":
      return isRuleTrue(rule.left, stateOf) || isRuleTrue(rule.right, stateOf);
    case "atLeast": {
      const matching = rule.alarms.filter(
        (alarm) => (stateOf(alarm) === rule.state) !== rule.isNegated,
      );
      return matching.length >= rule.count;
    }
  }
};

const states: readonly AlarmState[] = ["ALARM", "OK", "INSUFFICIENT_DATA"];

class RuleReader {
  readonly #text: string;
  readonly #tokens: TokenReader<Token>;
  /** "Elements are child alarms, TRUE or FALSE statements, and parentheses." */
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = new TokenReader(text, tokensOf(text));
  }

  or(): AlarmRule {
    let left = this.#and();
    while (this.#take("OR")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  end(): void {
    if (this.#tokens.current !== undefined) throw this.#unexpected("the end");
  }

  #and(): AlarmRule {
    let left = this.#not();
    while (this.#take("AND")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): AlarmRule {
    if (!this.#take("NOT")) return this.#primary();
    return this.#tokens.nested(() => ({ kind: "not", rule: this.#not() }));
  }

  #primary(): AlarmRule {
    this.#count();
    if (this.#take("(")) {
      const rule = this.#tokens.nested(() => this.or());
      this.#expect(")");
      return rule;
    }
    if (this.#take("TRUE")) return { kind: "constant", value: true };
    if (this.#take("FALSE")) return { kind: "constant", value: false };
    if (this.#take("AT_LEAST")) return this.#atLeast();
    const state = this.#state();
    this.#expect("(");
    const alarm = this.#next("an alarm");
    this.#expect(")");
    return { kind: "is", state, alarm };
  }

  /** `AT_LEAST(2, ALARM, (one, two))`, `AT_LEAST(60%, NOT OK, (one, two))`. */
  #atLeast(): AlarmRule {
    this.#expect("(");
    const [, number = "", percent] = /^(\d+)(%?)$/.exec(this.#next("a number")) ?? [];
    this.#expect(",");
    const isNegated = this.#take("NOT");
    const state = this.#state();
    this.#expect(",");
    const alarms = this.#alarmList();
    this.#expect(")");
    const given = Number(number);
    const max = percent === "%" ? 100 : alarms.length;
    if (number === "" || given < 1 || given > max) {
      throw new Error(`AT_LEAST needs a number from 1 to ${max} in '${this.#text}'`);
    }
    const count = percent === "%" ? Math.ceil((given * alarms.length) / 100) : given;
    return { kind: "atLeast", count, state, isNegated, alarms };
  }

  #alarmList(): string[] {
    const alarms: string[] = [];
    this.#expect("(");
    do {
      this.#count();
      alarms.push(this.#next("an alarm"));
    } while (this.#take(","));
    this.#expect(")");
    return alarms;
  }

  #state(): AlarmState {
    const token = this.#tokens.current;
    const found = states.find((each) => !token?.isQuoted && each === token?.value.toUpperCase());
    if (found === undefined) throw this.#unexpected(`one of ${states.join(", ")}`);
    this.#tokens.advance();
    return found;
  }

  #next(expected: string): string {
    const token = this.#tokens.current;
    if (token === undefined || (!token.isQuoted && /^[(),]$/.test(token.value))) {
      throw this.#unexpected(expected);
    }
    this.#tokens.advance();
    return token.value;
  }

  #count(): void {
    this.#elements += 1;
    if (this.#elements > ruleElementsMax) {
      throw new Error(`the alarm rule has more than ${ruleElementsMax} elements`);
    }
  }

  #take(word: string): boolean {
    const token = this.#tokens.current;
    if (token === undefined || token.isQuoted || token.value.toUpperCase() !== word) return false;
    this.#tokens.advance();
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(symbol);
  }

  #unexpected(expected: string): Error {
    const { found } = this.#tokens;
    return new Error(`expected ${expected}, found ${found} in the alarm rule '${this.#text}'`);
  }
}
