import type * as z from "zod";

/** Where a resource stands: what it is called and which stack it is in. */
export interface ResourceContext {
  readonly logicalId: string;
  readonly stack: string;
  readonly region: string;
  readonly account: string;
}

/** What a made resource answers to `Ref` and to `Fn::GetAtt`. */
export interface CreatedResource {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/**
 * How one CloudFormation resource type is made on this machine. `properties` is a strict schema: a
 * property that it does not know stops the start with an error that names it.
 */
export interface ResourceProvider<Schema extends z.ZodType = z.ZodType> {
  readonly type: string;
  readonly properties: Schema;
  create(
    properties: z.output<Schema>,
    place: ResourceContext,
  ): CreatedResource | Promise<CreatedResource>;
}

/** Keeps the schema and the maker of a kind in step. */
export const kind = <Schema extends z.ZodType>(
  of: ResourceProvider<Schema>,
): ResourceProvider<Schema> => of;
