import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App, AppProps } from "aws-cdk-lib";
import * as z from "zod";
import { godwit } from "../../infra/godwit.ts";

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.any()).default({}),
  DeletionPolicy: z.string().optional(),
});
export const template = z.looseObject({
  Resources: z.record(z.string(), resource),
  Outputs: z.record(z.string(), z.any()).default({}),
  Parameters: z.record(z.string(), z.any()).default({}),
});

export type Resource = z.output<typeof resource>;
export type Template = z.output<typeof template>;

export const { context } = z
  .object({ context: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync("cdk.json", "utf8")));

// Test files in one process share this folder.
const folder = mkdtempSync(join(tmpdir(), "godwit-infra-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Creates a folder for synthesized templates. It is deleted after the tests. */
export const outdir = (): string => mkdtempSync(join(folder, "out-"));

/** The app of `cdk synth`, without bundles, which take most of the time. A test may change it. */
export const newApp = (more: Record<string, unknown> = {}, props: AppProps = {}): App =>
  godwit({
    context: { ...context, "aws:cdk:bundling-stacks": [], ...more },
    outdir: outdir(),
    ...props,
  });

/** The same without AWS's validator, which takes most of the rest of the time. */
export const newUnvalidatedApp = (more: Record<string, unknown> = {}): App =>
  newApp(more, { builtinCloudFormationValidation: false });

// A synthesis takes seconds, and many tests read the same templates.
const apps = new Map<string, App>();

/**
 * For tests that only read it: one app for each context. The validator checks every kind of
 * deployment in `checkers.test.ts`.
 */
export const app = (more: Record<string, unknown> = {}): App => {
  const key = JSON.stringify(more);
  const made = apps.get(key) ?? newUnvalidatedApp(more);
  apps.set(key, made);
  return made;
};

/** The template of a stack. Fails on a finding of a check that the app runs. */
export const templateOf = (made: App, stack: string): Template =>
  template.parse(made.synth().getStackByName(stack).template);

/** The name and the template of each stack. */
export const templatesOf = (made: App): [string, Template][] =>
  made.synth().stacks.map(({ stackName, template: given }) => [stackName, template.parse(given)]);

/** The merged templates of the stacks of a region. */
export const regionOf = (made: App, name = "us-east-1"): Template => {
  const templates = ["Region", "Api", "Operations"].map((stack) =>
    templateOf(made, `Godwit-${stack}-${name}`),
  );
  return {
    Resources: Object.assign({}, ...templates.map(({ Resources }) => Resources)),
    Outputs: Object.assign({}, ...templates.map(({ Outputs }) => Outputs)),
    Parameters: Object.assign({}, ...templates.map(({ Parameters }) => Parameters)),
  };
};

/** The resources of a type, with their logical ids. */
export const ofType = ({ Resources }: Template, type: string): [string, Resource][] =>
  Object.entries(Resources).filter(([, { Type }]) => Type === type);

/** The only resource of a type. */
export const only = (given: Template, type: string): [string, Resource] => {
  const [first, ...others] = ofType(given, type);
  if (!first || others.length > 0) throw new Error(`${type}: expected exactly one resource`);
  return first;
};
