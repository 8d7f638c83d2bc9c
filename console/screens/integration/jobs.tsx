import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import type { JobBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { number } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";

const renewMs = 2_000;

/** The replays and backfills of the integration, with their progress and a stop. */
export const Jobs = ({ integration }: { integration: string }) => {
  const list = { method: "GET", path: integrationPath(integration, "/jobs") } as const;
  const { data, error, reload } = useLoaded(
    integration,
    (signal) => request<{ jobs: readonly JobBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Replays and backfills" actions={<Curl action="List jobs" request={list} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.jobs.length === 0 && (
        <p class="muted">None in the last 7 days. Dead letters can be replayed.</p>
      )}
      {data?.jobs.map((job) => (
        <OneJob key={job.id} integration={integration} job={job} reload={reload} />
      ))}
    </Card>
  );
};

interface Props {
  readonly integration: string;
  readonly job: JobBody;
  reload(): Promise<void>;
}

const kinds = { running: "warn", done: "good", stopped: "off" } as const;

const OneJob = ({ integration, job, reload }: Props) => {
  const path = integrationPath(integration, `/jobs/${encodeURIComponent(job.id)}`);
  const stop: ApiRequest = { method: "DELETE", path };
  const name = job.kind === "replay" ? "Replay" : "Backfill";
  return (
    <div class="stack">
      <div class="actions">
        <strong>{name}</strong>
        <Status kind={kinds[job.state]}>{job.state}</Status>
        <Ago at={job.started_at} />
        {job.state === "running" && (
          <>
            <Button
              kind="danger"
              onClick={async () => {
                await request(stop);
                await reload();
                toast("The job is stopped.");
              }}
            >
              Stop
            </Button>
            <Curl action="Stop the job" request={stop} />
          </>
        )}
      </div>
      <progress value={job.done + job.failed} max={job.total} aria-label={`${name} progress`} />
      <p class="hint">
        {number(job.done)} of {number(job.total)} are in the queue · {number(job.left)} left
        {job.failed > 0 && ` · ${number(job.failed)} cannot be read`}
        {job.stop_reason !== null && (
          <>
            {" "}
            · <Text value={job.stop_reason} />
          </>
        )}
      </p>
    </div>
  );
};
