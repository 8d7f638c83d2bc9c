import { isDeepStrictEqual } from "node:util";
import { toBoolean, toNumber, toText } from "./conversion.ts";

type Operator = (left: unknown, right: unknown) => unknown;

const equals: Operator = (left, right) =>
  left === undefined || right === undefined ? undefined : isDeepStrictEqual(left, right);

const calculate =
  (compute: (left: number, right: number) => unknown): Operator =>
  (left, right) => {
    const [one, other] = [toNumber(left), toNumber(right)];
    if (one === undefined || other === undefined) return undefined;
    const result = compute(one, other);
    return typeof result === "number" && !Number.isFinite(result) ? undefined : result;
  };

const decide =
  (judge: (left: boolean, right: boolean) => boolean): Operator =>
  (left, right) => {
    const [one, other] = [toBoolean(left), toBoolean(right)];
    return one === undefined || other === undefined ? undefined : judge(one, other);
  };

/** Text plus any value is text; otherwise only numbers are added. */
const add: Operator = (left, right) => {
  if (typeof left === "number" && typeof right === "number") return left + right;
  if (typeof left !== "string" && typeof right !== "string") return undefined;
  const [one, other] = [toText(left), toText(right)];
  return one === undefined || other === undefined ? undefined : one + other;
};

/** Two integers give an integer. IoT Core does not document its rounding: here it truncates. */
const divide = (left: number, right: number): number =>
  Number.isInteger(left) && Number.isInteger(right) ? Math.trunc(left / right) : left / right;

/**
 * The supported binary operators by precedence, lowest first.
 * https://docs.aws.amazon.com/iot/latest/developerguide/iot-sql-operators.html
 */
export const operators: readonly Readonly<Record<string, Operator>>[] = [
  { OR: decide((left, right) => left || right) },
  { AND: decide((left, right) => left && right) },
  {
    "=": equals,
    "<>": (left, right) => not(equals(left, right)),
    "<=": calculate((left, right) => left <= right),
    ">=": calculate((left, right) => left >= right),
    "<": calculate((left, right) => left < right),
    ">": calculate((left, right) => left > right),
  },
  { "+": add, "-": calculate((left, right) => left - right) },
  { "*": calculate((left, right) => left * right), "/": calculate(divide) },
];

/** The only unary operator. */
export const not = (value: unknown): boolean | undefined => {
  const decided = toBoolean(value);
  return decided === undefined ? undefined : !decided;
};
