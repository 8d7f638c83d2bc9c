import { BoundedMap } from "../platform/boundedMap.ts";
import { streamIdsMax } from "./limits.ts";
import type { LiveEvent } from "./liveEvent.ts";

/**
 * Tells whether a stream has shown an event before that a device has given an id: it sends it again, maybe to
 * another region, until it is acknowledged. The last `streamIdsMax` are known.
 */
export const openRepeats = () => {
  const known = new BoundedMap<string, true>(streamIdsMax);
  return ({ device, key }: LiveEvent): boolean => {
    if (key === undefined) return false;
    const id = `${device}/${key}`;
    if (known.has(id)) return true;
    known.set(id, true);
    return false;
  };
};
