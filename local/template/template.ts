import * as z from "zod";

/** A value of a template: JSON in which some objects are intrinsic functions. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** Any JSON is a value, and a template is read as JSON. */
const value = z.custom<Value>();

const resource = z.strictObject({
  Type: z.string(),
  Properties: z.record(z.string(), value).default({}),
  DependsOn: z.union([z.string().transform((id) => [id]), z.array(z.string())]).default([]),
  Condition: z.string().optional(),
  // Attributes about stack updates, and metadata of the CDK.
  CreationPolicy: z.unknown().optional(),
  DeletionPolicy: z.unknown().optional(),
  UpdateReplacePolicy: z.unknown().optional(),
  Metadata: z.unknown().optional(),
});

/** The template of one stack. An unknown section fails the start. */
export const template = z.strictObject({
  AWSTemplateFormatVersion: z.string().optional(),
  Description: z.string().optional(),
  Metadata: z.unknown().optional(),
  Parameters: z
    .record(z.string(), z.object({ Type: z.string(), Default: z.string().optional() }))
    .default({}),
  // Assertions about the parameters, checked by CloudFormation.
  Rules: z.unknown().optional(),
  Conditions: z.record(z.string(), value).default({}),
  Resources: z.record(z.string(), resource).default({}),
  Outputs: z
    .record(
      z.string(),
      z.object({
        Value: value,
        /** Makes the value available to other stacks of the region. */
        Export: z.strictObject({ Name: value }).optional(),
        Condition: z.string().optional(),
      }),
    )
    .default({}),
});

export type Template = z.output<typeof template>;
export type Resource = Template["Resources"][string];
