import type { ApiRequest } from "../../api/apiRequest.ts";
import type { PlanBody } from "../../api/replies.ts";
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
  /** The title of the dialogue. */
  readonly title: string;
  /** The action, such as `Replay`. */
  readonly action: string;
  /** What is delivered, such as `dead letters`. */
  readonly things: string;
  /** Starts the job. With `plan` in its body, it is planned. */
  readonly start: ApiRequest;
  /** What a person should know before. */
  readonly notice: string;
  onClose(): void;
}

/** Shows the plan of a job, then starts it. The list of jobs has its progress and its stop. */
export const PlannedJob = ({ title, onClose, ...job }: Props) => (
  <Dialog title={title} onClose={onClose}>
    <Planned {...job} onClose={onClose} />
  </Dialog>
);

const Planned = ({ action, things, start, notice, onClose }: Omit<Props, "title">) => {
  const plan: ApiRequest = { ...start, body: { ...Object(start.body), plan: true } };
  const { data, error, reload } = useLoaded(JSON.stringify(plan), (signal) =>
    request<PlanBody>(plan, signal),
  );
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data === undefined && error === undefined && <p>Counting…</p>}
      {data?.count === 0 && <p>There are no {things}. Nothing would be delivered.</p>}
      {data !== undefined && data.count > 0 && (
        <>
          <p>{notice} You can stop it at any time.</p>
          <Plan plan={data} things={things} />
        </>
      )}
      <div class="actions end">
        <Curl action={`${action} these ${things}`} request={start} />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="primary"
          disabled={data === undefined || data.count === 0}
          onClick={async () => {
            await request(start);
            toast("It has started. Its progress is in the list of replays and backfills.");
            onClose();
          }}
        >
          {data === undefined ? action : `${action} ${number(data.count)}`}
        </Button>
      </div>
    </>
  );
};

const time = (at: string | null): string => (at === null ? "–" : shortTime(Date.parse(at)));

const Plan = ({ plan, things }: { plan: PlanBody; things: string }) => (
  <Facts
    facts={[
      [`Matching ${things}`, `${number(plan.count)}${plan.at_least ? " or more" : ""}`],
      ["Oldest", time(plan.oldest)],
      ["Newest", time(plan.newest)],
      ["Expected time", duration(plan.expected_seconds)],
      ["Rate", `up to ${number(plan.per_second)} a second`],
      ["Cost at most", `$${plan.expected_dollars.toFixed(4)}`],
    ]}
  />
);
