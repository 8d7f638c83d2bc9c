import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { parseJson } from "#shared/platform/parseJson.ts";

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});

const template = z.object({ Resources: z.record(z.string(), resource).default({}) });

/** A resource of a synthesized template. */
export type Resource = z.output<typeof resource>;

/** A stack of the cloud assembly. */
export interface SynthesizedStack {
  readonly name: string;
  readonly region: string;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** The version of the CDK bootstrap stack that the CDK requires for this stack. */
  readonly bootstrapMin: number;
  /** The SSM parameter that has the version of the bootstrap stack. */
  readonly bootstrapParameter: string;
}

const bootstrap = z.looseObject({
  templateFile: z.string(),
  stackName: z.string().optional(),
  requiresBootstrapStackVersion: z.number().default(0),
  bootstrapStackVersionSsmParameter: z.string().default("/cdk-bootstrap/hnb659fds/version"),
  lookupRole: z.object({ requiresBootstrapStackVersion: z.number().default(0) }).optional(),
});

const stackArtifact = z.object({
  type: z.literal("aws:cloudformation:stack"),
  environment: z.string().regex(/^aws:\/\/[^/]+\/[a-z\d-]+$/),
  properties: bootstrap,
});

const manifest = z.object({ artifacts: z.record(z.string(), z.looseObject({ type: z.string() })) });

/** Reads the stacks that `cdk synth` has written to a folder. */
export const readAssembly = async (folder: string): Promise<SynthesizedStack[]> => {
  const read = async (file: string): Promise<unknown> =>
    parseJson(await readFile(join(folder, file), "utf8"));
  const { artifacts } = manifest.parse(await read("manifest.json"));
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type.endsWith(":stack"));
  return await Promise.all(
    stacks.map(async ([id, artifact]) => {
      const { environment, properties } = stackArtifact.parse(artifact);
      const { Resources } = template.parse(await read(properties.templateFile));
      const { requiresBootstrapStackVersion: deploy, lookupRole } = properties;
      return {
        name: properties.stackName ?? id,
        region: environment.split("/").at(-1) ?? "",
        resources: Resources,
        bootstrapMin: Math.max(deploy, lookupRole?.requiresBootstrapStackVersion ?? 0),
        bootstrapParameter: properties.bootstrapStackVersionSsmParameter,
      };
    }),
  );
};

/** The resources of a type in some stacks, with their logical ids and stacks. */
export const resourcesOf = (
  stacks: readonly SynthesizedStack[],
  type: string,
): { readonly stack: SynthesizedStack; readonly id: string; readonly properties: Properties }[] =>
  stacks.flatMap((stack) =>
    Object.entries(stack.resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => ({ stack, id, properties: Properties })),
  );

type Properties = Resource["Properties"];
