import type * as z from "zod";
import { conditionFailed } from "../dynamoError.ts";
import { parseCondition } from "../expression/condition.ts";
import { meets } from "../expression/evaluate.ts";
import { type Placeholders, placeholdersOf } from "../expression/placeholders.ts";
import type { Item } from "../value/attributeValue.ts";
import type { names, onConditionFailure, values } from "./input.ts";

/** The members of a conditional request. */
export interface ConditionInput {
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: z.output<typeof names>;
  readonly ExpressionAttributeValues?: z.output<typeof values>;
  readonly ReturnValuesOnConditionCheckFailure: z.output<typeof onConditionFailure>;
}

/** Fails with a `ConditionalCheckFailedException` when the existing item does not meet it. */
export type CheckCondition = (existing: Item | undefined) => void;

/** The condition of a request with no other expression; `undefined` when it has none. */
export const readCondition = (input: ConditionInput): CheckCondition | undefined => {
  const { ConditionExpression } = input;
  const placeholders = placeholdersOf(input, { ConditionExpression });
  const check = conditionOf(input, placeholders);
  placeholders.assertAllUsed();
  return check;
};

/** The condition of a request with these placeholders. */
export const conditionOf = (
  input: ConditionInput,
  placeholders: Placeholders,
): CheckCondition | undefined => {
  const { ConditionExpression: text, ReturnValuesOnConditionCheckFailure: returned } = input;
  if (text === undefined) return undefined;
  const condition = parseCondition("ConditionExpression", text, placeholders);
  return (existing) => {
    if (meets(existing ?? {}, condition)) return;
    throw conditionFailed(returned === "ALL_OLD" ? existing : undefined);
  };
};
