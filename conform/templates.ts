import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).optional(),
});

const template = z.looseObject({
  Resources: z.record(z.string(), resource),
  Parameters: z.record(z.string(), z.unknown()).optional(),
  Rules: z.record(z.string(), z.unknown()).optional(),
});

export type Resource = z.output<typeof resource>;
export type Template = z.output<typeof template>;

const extension = ".template.json";

/** The templates of a folder of the CDK, by stack. */
export const readTemplates = async (folder: string): Promise<ReadonlyMap<string, Template>> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith(extension)).sort();
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const parsed = template.parse(JSON.parse(await readFile(join(folder, file), "utf8")));
        return [file.slice(0, -extension.length), parsed] as const;
      }),
    ),
  );
};

/** Copies a folder of the CDK, and changes the copies of its templates. */
export const adaptTemplates = async (
  from: string,
  to: string,
  changes: readonly ((template: Template) => void)[],
): Promise<void> => {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
  for (const [stack, one] of await readTemplates(to)) {
    for (const change of changes) change(one);
    await writeFile(join(to, `${stack}${extension}`), JSON.stringify(one));
  }
};

/** Number of resources of each type. */
export const countTypes = (types: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
};
