import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { StartError } from "../start/startError.ts";
import { type Template, template } from "./template.ts";

/** A stack of the cloud assembly. */
export interface Stack {
  readonly name: string;
  readonly region: string;
  readonly template: Template;
}

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      /** `aws://account/region`; each part is `unknown-…` when the stack does not specify it. */
      environment: z.string().optional(),
      dependencies: z.array(z.string()).default([]),
      properties: z
        .object({ templateFile: z.string().optional(), stackName: z.string().optional() })
        .default({}),
    }),
  ),
});

type Artifacts = z.output<typeof manifest>["artifacts"];

/** Reads the stacks of a cloud assembly in `folder`, each after its dependencies. */
export const readAssembly = async (folder: string): Promise<Stack[]> => {
  const { artifacts } = manifest.parse(await readJson(join(folder, "manifest.json")));
  return await Promise.all(
    inOrder(artifacts).map(async ({ id, artifact }) => ({
      name: artifact.properties.stackName ?? id,
      region: artifact.environment?.split("/").at(-1) ?? "",
      template: await readTemplate(folder, artifact.properties.templateFile ?? ""),
    })),
  );
};

const readJson = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));

const readTemplate = async (folder: string, file: string): Promise<Template> => {
  const parsed = template.safeParse(await readJson(join(folder, file)));
  if (parsed.success) return parsed.data;
  throw new StartError(`${file}: ${z.prettifyError(parsed.error)}`);
};

const inOrder = (artifacts: Artifacts) => {
  const ordered = new Map<string, Artifacts[string]>();
  const add = (id: string): void => {
    const artifact = artifacts[id];
    if (artifact === undefined || ordered.has(id)) return;
    for (const dependency of artifact.dependencies) add(dependency);
    ordered.set(id, artifact);
  };
  for (const id of Object.keys(artifacts)) add(id);
  return [...ordered]
    .filter(([, { type }]) => type === "aws:cloudformation:stack")
    .map(([id, artifact]) => ({ id, artifact }));
};
