import { useEffect, useMemo, useState } from "preact/hooks";
import { eventRing } from "../../live/eventRing.ts";
import { followStream, type StreamState } from "../../live/eventStream.ts";

/** Follows an event stream while the screen is open. A stream holds a slot of the user. */
export const useStream = (path: string) => {
  const ring = useMemo(() => eventRing(), [path]);
  const [state, setState] = useState<StreamState>({ kind: "connecting" });
  useEffect(() => {
    const stream = followStream(path, ring.add);
    const stop = stream.state.subscribe(setState);
    return () => {
      stop();
      stream.close();
      ring.close();
    };
  }, [path, ring]);
  return { ring, state };
};
