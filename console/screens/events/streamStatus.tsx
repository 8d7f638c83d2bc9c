import type { StreamState } from "../../live/eventStream.ts";
import { Status } from "../../ui/status.tsx";
import { Text } from "../../ui/text.tsx";

/** Whether new events arrive. */
export const StreamStatus = ({ state, isPaused }: { state: StreamState; isPaused: boolean }) => {
  if (isPaused) return <Status kind="warn">paused</Status>;
  switch (state.kind) {
    case "connecting":
      return <Status kind="off">connecting</Status>;
    case "live":
      return (
        <>
          <Status kind="good">live</Status>
          {state.gap !== undefined && (
            <span class="muted">
              some events are missing: <Text value={state.gap} />
            </span>
          )}
        </>
      );
    case "waiting":
      return (
        <>
          <Status kind="warn">reconnecting</Status>{" "}
          <span class="muted">
            <Text value={state.problem} />
          </span>
        </>
      );
    case "refused":
      return (
        <>
          <Status kind="bad">stopped</Status> <Text value={state.problem} />
        </>
      );
  }
};
