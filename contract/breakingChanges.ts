import * as z from "zod";
import { components, ofSchemas, type Place, schema } from "./schemaChanges.ts";

const content = z.record(z.string(), z.looseObject({ schema: schema.optional() }));

const parameter = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.boolean().default(false),
  schema: schema.default({}),
});

const reply = z.looseObject({ $ref: z.string().optional(), content: content.optional() });

const operation = z.looseObject({
  operationId: z.string(),
  parameters: z.array(parameter).default([]),
  requestBody: z
    .looseObject({ required: z.boolean().default(false), content: content.default({}) })
    .optional(),
  responses: z.record(z.string(), reply),
});

const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  ...components,
});

type Operation = z.output<typeof operation>;
type Document = z.output<typeof document>;

/**
 * Names each change between two OpenAPI documents that can break a client of the first one: a
 * removed operation, parameter, field, status or content type, a new required parameter or field, a
 * narrower input, and a wider reply. New operations, optional input, and new fields of replies are
 * no such changes.
 */
export const breakingChanges = (released: unknown, current: unknown): string[] => {
  const before = document.parse(released);
  const after = document.parse(current);
  return Object.entries(before.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, old]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now === undefined) return [`${name}: the operation was removed`];
      const found = [
        ...renamed(old, now),
        ...ofParameters(old, now, { before, after }),
        ...ofBody(old, now, { before, after }),
        ...ofReplies(old, now, { before, after }),
      ];
      return found.map((change) => `${name}: ${change}`);
    }),
  );
};

interface Documents {
  readonly before: Document;
  readonly after: Document;
}

const renamed = (old: Operation, now: Operation): string[] =>
  old.operationId === now.operationId
    ? []
    : [`the operation ${old.operationId} is now named ${now.operationId}`];

const keyOf = ({ name, in: place }: z.output<typeof parameter>): string => `${place} ${name}`;

const ofParameters = (old: Operation, now: Operation, { before, after }: Documents): string[] => {
  const known = new Map(old.parameters.map((each) => [keyOf(each), each]));
  const left = new Map(now.parameters.map((each) => [keyOf(each), each]));
  return [
    ...[...known].flatMap(([key, each]) => {
      const same = left.get(key);
      if (same === undefined) return [`the parameter ${key} was removed`];
      const sides = [
        { schema: each.schema, of: before },
        { schema: same.schema, of: after },
      ] as const;
      return ofSchemas(...sides, { at: `the parameter ${key}`, direction: "input" });
    }),
    ...[...left]
      .filter(([key, { required }]) => required && known.get(key)?.required !== true)
      .map(([key]) => `the parameter ${key} is now required`),
  ];
};

const ofBody = (old: Operation, now: Operation, { before, after }: Documents): string[] => {
  if (now.requestBody === undefined)
    return old.requestBody === undefined ? [] : ["the body was removed"];
  const isNowRequired = now.requestBody.required && old.requestBody?.required !== true;
  return [
    ...(isNowRequired ? ["the body is now required"] : []),
    ...ofContents(old.requestBody?.content ?? {}, now.requestBody.content, {
      before,
      after,
      at: "the body",
      direction: "input",
    }),
  ];
};

const ofReplies = (old: Operation, now: Operation, documents: Documents): string[] =>
  Object.entries(old.responses).flatMap(([status, { content: given }]) => {
    if (!status.startsWith("2")) return [];
    const same = now.responses[status];
    const at = `the reply ${status}`;
    if (same === undefined) return [`${at} was removed`];
    return ofContents(given ?? {}, same.content ?? {}, { ...documents, at, direction: "reply" });
  });

type Content = z.output<typeof content>;

const ofContents = (
  old: Content,
  now: Content,
  { before, after, ...rest }: Documents & Place,
): string[] =>
  Object.entries(old).flatMap(([type, { schema: given = {} }]) => {
    const same = now[type];
    if (same === undefined) return [`${rest.at} is no longer ${type}`];
    return ofSchemas({ schema: given, of: before }, { schema: same.schema ?? {}, of: after }, rest);
  });
