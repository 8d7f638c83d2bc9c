import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath, integrationPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { plural } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { toast } from "../../ui/toast.tsx";
import { PlannedJob } from "../jobs/plannedJob.tsx";

interface Archive {
  readonly enabled: boolean;
  readonly days: number;
}

/** Delivers archived events to the integration, also those from before it existed. */
export const Backfill = ({ integration }: { integration: string }) => {
  const show: ApiRequest = { method: "GET", path: fleetPath("/archive") };
  const { data, error, reload } = useLoaded(
    show.path,
    async (signal) => (await request<{ archive: Archive }>(show, signal)).archive,
  );
  return (
    <Card title="Deliver events of the past">
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.enabled === false && <NoArchive reload={reload} />}
      {data?.enabled === true && <Span integration={integration} archive={data} />}
    </Card>
  );
};

const archiveDays = 30;

const NoArchive = ({ reload }: { reload(): Promise<void> }) => {
  const enable: ApiRequest = {
    method: "PUT",
    path: fleetPath("/archive"),
    body: { enabled: true, days: archiveDays },
  };
  return (
    <Empty title="The events of this fleet are not archived.">
      <p>With an archive, events from then on can be delivered again, also to new integrations.</p>
      <div class="actions">
        <Button
          onClick={async () => {
            await request(enable);
            await reload();
            toast("Events are archived from now on.");
          }}
        >
          Archive events for {archiveDays} days
        </Button>
        <Curl action="Enable the archive" request={enable} />
      </div>
    </Empty>
  );
};

const Span = ({ integration, archive }: { integration: string; archive: Archive }) => {
  const [from, setFrom] = useState(() => new Date(Date.now() - 86_400_000).toISOString());
  const [to, setTo] = useState("");
  const [isPlanned, setPlanned] = useState(false);
  const body = { from, ...(to !== "" && { to }) };
  return (
    <>
      <Form submit="Plan a backfill" onSubmit={async () => setPlanned(true)}>
        <Field
          label="From"
          value={from}
          required
          hint={`The archive has events of the last ${plural(archive.days, "day")}.`}
          onInput={setFrom}
        />
        <Field label="To (optional)" value={to} placeholder="now" onInput={setTo} />
      </Form>
      {isPlanned && (
        <PlannedJob
          title="Backfill archived events"
          action="Deliver"
          things="archived events"
          notice="A backfill skips nothing: it also delivers events again that were delivered before, with the same webhook-id."
          start={{ method: "POST", path: integrationPath(integration, "/backfill"), body }}
          onClose={() => setPlanned(false)}
        />
      )}
    </>
  );
};
