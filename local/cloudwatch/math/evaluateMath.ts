import type { Expression } from "./expression.ts";
import { type Argument, type FunctionContext, functionOf } from "./functions.ts";
import { operate } from "./operations.ts";
import type { MathValue, TimeSeries } from "./value.ts";

/** The other results of a query that an expression refers to. */
export interface MathContext extends FunctionContext {
  /** The value of a metric or of another expression. */
  readonly resultOf: (id: string) => MathValue;
  /** All metrics of the query, with their ids: the function `METRICS`. */
  readonly metrics: readonly { readonly id: string; readonly series: TimeSeries }[];
}

/** Evaluates a math expression. Fails with an error that a person can act on. */
export const evaluateMath = (expression: Expression, context: MathContext): MathValue => {
  const value = argument(expression, context);
  if (typeof value === "number" || value.kind !== "word") return value;
  throw new Error(`${value.word} is not a value`);
};

const argument = (expression: Expression, context: MathContext): Argument => {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "word":
      return { kind: "word", word: expression.word };
    case "id":
      return context.resultOf(expression.id);
    case "text":
      throw new Error(`the text '${expression.value}' is not a value`);
    case "list":
      return list(expression.items, context);
    case "minus":
      return operate("*", -1, evaluateMath(expression.operand, context));
    case "operation": {
      const { operator, left, right } = expression;
      return operate(operator, evaluateMath(left, context), evaluateMath(right, context));
    }
    case "call":
      return call(expression, context);
  }
};

const call = (
  { name, args }: Extract<Expression, { kind: "call" }>,
  context: MathContext,
): MathValue => {
  if (name === "METRICS") return metricsOf(args, context);
  const run = functionOf(name);
  return run(
    args.map((each) => argument(each, context)),
    context,
  );
};

/** `METRICS()`, or `METRICS("text")`: the metrics whose ids contain the text. */
const metricsOf = (args: readonly Expression[], { metrics }: MathContext): MathValue => {
  const [filter] = args;
  if (filter !== undefined && filter.kind !== "text") throw new Error("METRICS needs a text");
  const found = metrics.filter(({ id }) => filter === undefined || id.includes(filter.value));
  return { kind: "list", series: found.map(({ series }) => series) };
};

const list = (items: readonly Expression[], context: MathContext): MathValue => {
  const series = items.flatMap((item): readonly TimeSeries[] => {
    const value = evaluateMath(item, context);
    if (typeof value === "number") throw new Error("an array contains time series, no numbers");
    return value.kind === "list" ? value.series : [value];
  });
  return { kind: "list", series };
};
