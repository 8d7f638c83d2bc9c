import { join } from "node:path";
import * as z from "zod";
import { StartError } from "../start/startError.ts";
import { writeFileAtomically } from "./atomicWrite.ts";
import { readStateFile } from "./stateFile.ts";

const kept = z.object({ first: z.string() });

/**
 * Notes in a state folder which region its state is of: that of the first region lies there, and those of others
 * below. Fails with a `StartError` when an earlier start began with another region.
 */
export const assertFirstRegion = async (folder: string, first: string): Promise<void> => {
  const file = join(folder, "regions.json");
  const earlier = await readStateFile(file, kept);
  if (earlier === undefined) await writeFileAtomically(file, JSON.stringify({ first }));
  else if (earlier.first !== first) {
    throw new StartError(
      `${folder} was made with ${earlier.first} as the first region: begin --regions with it`,
    );
  }
};
