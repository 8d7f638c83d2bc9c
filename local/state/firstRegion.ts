import { join } from "node:path";
import * as z from "zod";
import { StartError } from "../start/startError.ts";
import { writeFileAtomically } from "./atomicWrite.ts";
import { readStateFile } from "./stateFile.ts";

const record = z.object({ first: z.string() });

/**
 * Records the first region of a state folder, whose state is at the top level; other regions are
 * below `regions/`. Fails with a `StartError` when an earlier start used a different first region.
 */
export const assertFirstRegion = async (folder: string, first: string): Promise<void> => {
  const file = join(folder, "regions.json");
  const earlier = await readStateFile(file, record);
  if (earlier === undefined) await writeFileAtomically(file, JSON.stringify({ first }));
  else if (earlier.first !== first) {
    throw new StartError(
      `${folder} was created with ${earlier.first} as the first region: list it first in --regions`,
    );
  }
};
