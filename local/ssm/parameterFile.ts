import { join } from "node:path";
import * as z from "zod";
import { writeFileAtomically } from "../state/atomicWrite.ts";
import type { DiskSpace } from "../state/diskSpace.ts";
import { readStateFile } from "../state/stateFile.ts";

const parameter = z.strictObject({
  name: z.string(),
  type: z.enum(["String", "StringList", "SecureString"]),
  value: z.string(),
  version: z.int().min(1),
  /** Milliseconds since 1970. */
  changedAt: z.number(),
});

export type Parameter = z.output<typeof parameter>;

/** The parameters of a region, in a file that only its owner can read. */
export interface ParameterFile {
  readonly size: number;
  find(name: string): Parameter | undefined;
  /** Resolves when the parameter is stored. */
  put(changed: Parameter): Promise<void>;
  remove(name: string): Promise<void>;
}

const file = z.strictObject({ parameters: z.array(parameter) });

/** Opens the file `parameters.json` of a folder. */
export const openParameterFile = async (
  folder: string,
  space: Pick<DiskSpace, "retryWhileFull">,
): Promise<ParameterFile> => {
  const path = join(folder, "parameters.json");
  const stored = await readStateFile(path, file);
  let all = new Map((stored?.parameters ?? []).map((each) => [each.name, each]));
  // Writes follow one another: each has the changes of those before.
  let last: Promise<void> = Promise.resolve();
  const change = (apply: (next: Map<string, Parameter>) => void): Promise<void> => {
    const done = last.then(async () => {
      const next = new Map(all);
      apply(next);
      const text = JSON.stringify({ parameters: [...next.values()] });
      await space.retryWhileFull(() => writeFileAtomically(path, text));
      all = next;
    });
    last = done.catch(() => {});
    return done;
  };
  return {
    get size() {
      return all.size;
    },
    find: (name) => all.get(name),
    put: (changed) => change((next) => void next.set(changed.name, changed)),
    remove: (name) => change((next) => void next.delete(name)),
  };
};
