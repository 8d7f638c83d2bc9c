import * as z from "zod";
import type { Envelope } from "./envelope.ts";

/** The properties of a target that determine its input: at most one of them. */
export const inputProperties = {
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: z
    .strictObject({
      InputPathsMap: z.record(z.string().regex(/^[\w-]+$/), z.string()).default({}),
      InputTemplate: z.string().min(1),
    })
    .optional(),
};

const properties = z.object(inputProperties);
type Properties = z.output<typeof properties>;

/** The text that a target receives for an event and its rule. */
export type TargetInput = (event: Envelope, rule: { arn: string; name: string }) => string;

/**
 * Compiles the input of a target: the event, a part of it, a constant text, or a template. Fails
 * when the properties contradict each other or a path is not supported.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export const targetInput = ({ Input, InputPath, InputTransformer }: Properties): TargetInput => {
  const given = [Input, InputPath, InputTransformer].filter((one) => one !== undefined);
  if (given.length > 1) throw new Error("a target has one of Input, InputPath, InputTransformer");
  if (Input !== undefined) return () => Input;
  if (InputPath !== undefined) {
    const path = parsePath(InputPath);
    return (event) => JSON.stringify(valueAt(event, path) ?? {});
  }
  if (InputTransformer !== undefined) return transformer(InputTransformer);
  return (event) => JSON.stringify(event);
};

/** `$`, `$.detail.state.value` or `$.resources[0]`. */
const parsePath = (path: string): readonly (string | number)[] => {
  if (!/^\$(\.[\w-]+|\[\d+\])*$/.test(path)) {
    throw new Error(`the JSON path ${path} is not supported`);
  }
  return [...path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)].map(
    ([, name, index]) => name ?? Number(index),
  );
};

const valueAt = (event: object, path: readonly (string | number)[]): unknown => {
  let value: unknown = event;
  for (const step of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) {
      return undefined;
    }
    value = Object.entries(value).find(([key]) => key === String(step))?.[1];
  }
  return value;
};

const transformer = ({
  InputPathsMap,
  InputTemplate,
}: NonNullable<Properties["InputTransformer"]>): TargetInput => {
  const paths = new Map(
    Object.entries(InputPathsMap).map(([name, path]) => [name, parsePath(path)]),
  );
  return (event, rule) => {
    const variables = (name: string): unknown => {
      const path = paths.get(name);
      return path === undefined ? predefined(name, { event, rule }) : valueAt(event, path);
    };
    return render(InputTemplate, variables);
  };
};

const predefined = (
  name: string,
  { event, rule }: { event: Envelope; rule: { arn: string; name: string } },
): unknown => {
  switch (name) {
    case "aws.events.rule-arn":
      return rule.arn;
    case "aws.events.rule-name":
      return rule.name;
    case "aws.events.event.ingestion-time":
      return event.time;
    case "aws.events.event":
    case "aws.events.event.json":
      return event;
    default:
      return undefined;
  }
};

/**
 * Replaces `<name>`. Within quotes a value is a part of the text, otherwise it is JSON. A variable
 * without a value is an empty text within quotes, and an empty string otherwise.
 */
const render = (template: string, variableOf: (name: string) => unknown): string => {
  const pieces = /"((?:[^"\\]|\\.)*)"|<([\w.-]+)>/g;
  return template.replaceAll(pieces, (piece, quoted: string | undefined, name: string) =>
    quoted === undefined
      ? JSON.stringify(variableOf(name) ?? "")
      : piece.replaceAll(/<([\w.-]+)>/g, (_, inner: string) => inText(variableOf(inner))),
  );
};

/** A value within a JSON text. */
const inText = (value: unknown = ""): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
};
