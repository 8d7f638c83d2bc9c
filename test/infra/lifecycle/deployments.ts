import * as z from "zod";
import { godwit } from "../../../infra/godwit.ts";
import { context, outdir, type Template, template } from "../synthesized.ts";

/** A stack of an assembly. */
export interface DeployableStack {
  readonly name: string;
  readonly region: string;
  readonly template: Template;
}

const quick = {
  "aws:cdk:bundling-stacks": [],
  "aws:cdk:disable-stack-trace": true,
  "@aws-cdk/core:enableAdditionalMetadataCollection": false,
  "@aws-cdk/core:validateAgainstDefaultRules": false,
};

const made = new Map<string, readonly DeployableStack[]>();

/** Settings that change the templates. Equal configurations are synthesized once. */
const withoutDefaults = ({ stateRegion, ...settings }: Record<string, unknown>): unknown => {
  const [first] = z.array(z.string()).default([]).parse(settings.regions);
  const given = Object.entries({ ...settings, ...(stateRegion !== first && { stateRegion }) });
  return given.filter(([name, value]) => context[name] !== value).sort();
};

/** The limit of a test that synthesizes several configurations on a busy machine, in ms. */
export const synthesisMsMax = 240_000;

/**
 * The stacks of a configuration in the order of `cdk deploy`. Other tests run the checks of the
 * templates, which take most of the time of a synthesis.
 */
export const stacksOf = (settings: Record<string, unknown> = {}): readonly DeployableStack[] => {
  const key = JSON.stringify(withoutDefaults(settings));
  const known = made.get(key);
  if (known !== undefined) return known;
  const assembly = godwit({
    context: { ...context, ...quick, ...settings },
    outdir: outdir(),
    treeMetadata: false,
    builtinCloudFormationValidation: false,
  }).synth({ skipValidation: true });
  const stacks = assembly.stacks.map(({ stackName, environment, template: raw }) => ({
    name: stackName,
    region: z.string().parse(environment.region),
    template: template.parse(raw),
  }));
  made.set(key, stacks);
  return stacks;
};
