import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App } from "aws-cdk-lib";
import * as z from "zod";
import { godwit } from "../../infra/godwit.ts";

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.any()).default({}),
  DeletionPolicy: z.string().optional(),
});
const template = z.object({
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.any()).default({}),
  Parameters: z.record(z.string(), z.any()).default({}),
});

export type Resource = z.output<typeof resource>;
export type Template = z.output<typeof template>;

export const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync("cdk.json", "utf8")));

// Test files in one process share it.
const folder = mkdtempSync(join(tmpdir(), "godwit-infra-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A new folder to synthesize into, gone after the tests. */
export const outdir = (): string => mkdtempSync(join(folder, "out-"));

/** The app as `cdk synth` makes it, but without bundles, which take most of the time. */
export const app = (more: Record<string, unknown> = {}): App =>
  godwit({
    context: { ...context, "aws:cdk:bundling-stacks": [], ...more },
    outdir: outdir(),
  });

/** What a stack's template says. Fails as `cdk synth` does when a check finds something. */
export const templateOf = (made: App, stack: string): Template =>
  template.parse(made.synth().getStackByName(stack).template);

/** Both stacks of a region as one: what either holds. */
export const regionOf = (made: App, name = "us-east-1"): Template => {
  const [all, api] = [
    templateOf(made, `Godwit-Region-${name}`),
    templateOf(made, `Godwit-Api-${name}`),
  ];
  return {
    Resources: { ...all.Resources, ...api.Resources },
    Outputs: { ...all.Outputs, ...api.Outputs },
    Parameters: { ...all.Parameters, ...api.Parameters },
  };
};

/** The resources of a type, by their logical ids. */
export const ofType = ({ Resources }: Template, type: string): [string, Resource][] =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type);

/** The one resource of a type. */
export const only = (given: Template, type: string): [string, Resource] => {
  const [first, ...others] = ofType(given, type);
  if (!first || others.length > 0) throw new Error(`${type}: there is not exactly one`);
  return first;
};
