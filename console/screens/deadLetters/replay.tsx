import { useState } from "preact/hooks";
import type { PlanBody } from "#shared/routes/jobRoutes.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Facts } from "../../ui/facts.tsx";
import { duration, number, shortTime } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly integration: string;
  /** The dead letters to replay; all if it is empty. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly action?: string;
}

/** Shows the plan of a replay, then starts it. The list of jobs has its progress and its stop. */
export const Replay = ({ integration, filter, action = "Replay these" }: Props) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="primary" onClick={() => setOpen(true)}>
        {action}…
      </Button>
      {isOpen && (
        <Dialog title="Replay dead letters" onClose={() => setOpen(false)}>
          <PlannedReplay integration={integration} filter={filter} onClose={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
};

const PlannedReplay = ({ integration, filter, onClose }: Props & { onClose(): void }) => {
  const path = integrationPath(integration, "/dead-letters/replay");
  const plan: ApiRequest = { method: "POST", path, body: { ...filter, plan: true } };
  const start: ApiRequest = { method: "POST", path, body: filter };
  const { data, error, reload } = useLoaded(JSON.stringify(plan), (signal) =>
    request<PlanBody>(plan, signal),
  );
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data === undefined && error === undefined && <p>Counting…</p>}
      {data !== undefined && <Plan plan={data} />}
      <div class="actions end">
        <Curl action="Replay these dead letters" request={start} />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          disabled={data === undefined || data.count === 0}
          onClick={async () => {
            await request(start);
            toast("The replay has started. Its progress is in the list of replays.");
            onClose();
          }}
        >
          {data === undefined ? "Replay" : `Replay ${number(data.count)}`}
        </Button>
      </div>
    </>
  );
};

const time = (at: string | null): string => (at === null ? "–" : shortTime(Date.parse(at)));

const Plan = ({ plan }: { plan: PlanBody }) =>
  plan.count === 0 ? (
    <p>No dead letter matches. There is nothing to replay.</p>
  ) : (
    <>
      <p>
        The target gets these requests again, with the same <code>webhook-id</code>. What fails
        again becomes a dead letter again. You can stop it at any time.
      </p>
      <Facts
        facts={[
          ["Dead letters", `${number(plan.count)}${plan.at_least ? " or more" : ""}`],
          ["Oldest", time(plan.oldest)],
          ["Newest", time(plan.newest)],
          ["Expected time", duration(plan.expected_seconds)],
          ["Rate", `up to ${number(plan.per_second)} a second`],
          ["Cost at most", `$${plan.expected_dollars.toFixed(4)}`],
        ]}
      />
    </>
  );
