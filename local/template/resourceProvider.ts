import type * as z from "zod";

/** The identity of a resource: its logical id and its stack. */
export interface ResourceContext {
  readonly logicalId: string;
  readonly stack: string;
  readonly region: string;
  readonly account: string;
}

/** The values of a created resource for `Ref` and `Fn::GetAtt`. */
export interface CreatedResource {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * Creates resources of one CloudFormation type on this machine. `properties` is a strict schema: an
 * unknown property stops the start with an error that names it.
 */
export interface ResourceProvider<Schema extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly properties: Schema;
  create(
    properties: z.output<Schema>,
    place: ResourceContext,
  ): CreatedResource | Promise<CreatedResource>;
}

/** Declares a provider; TypeScript checks `create` against the schema. */
export const resourceProvider = <Schema extends z.ZodType>(
  provider: ResourceProvider<Schema>,
): ResourceProvider<Schema> => provider;
