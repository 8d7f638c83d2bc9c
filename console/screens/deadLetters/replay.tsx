import { useState } from "preact/hooks";
import { integrationPath } from "../../api/fleet.ts";
import { Button } from "../../ui/button.tsx";
import { PlannedJob } from "../jobs/plannedJob.tsx";

interface Props {
  readonly integration: string;
  /** The dead letters to replay; all if it is empty. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly action?: string;
}

/** Replays dead letters. The plan is shown first. */
export const Replay = ({ integration, filter, action = "Replay these" }: Props) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        {action}…
      </Button>
      {isOpen && (
        <PlannedJob
          title="Replay dead letters"
          action="Replay"
          things="dead letters"
          notice="The target gets these requests again, with the same webhook-id. What fails again becomes a dead letter again."
          start={{
            method: "POST",
            path: integrationPath(integration, "/dead-letters/replay"),
            body: filter,
          }}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
};
