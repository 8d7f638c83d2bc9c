import { UsageError } from "../admin/usageError.ts";
import type { Settings } from "./settings.ts";

/** Regions change one after another: a change of another region would open the closed one again. */
export const assertNoneCloses = ({ closedRegions }: Settings, name: string): void => {
  const other = closedRegions.find((each) => each !== name);
  if (other === undefined) return;
  throw new UsageError(
    `${other} is being removed: it is in closedRegions. Finish first: npm run regions -- remove ${other}`,
  );
};
