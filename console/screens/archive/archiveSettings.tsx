import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import { requestWithTag } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { plural } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Status } from "../../ui/status.tsx";
import { toast } from "../../ui/toast.tsx";

interface Stored {
  readonly archive: { readonly enabled: boolean; readonly days: number };
}

const dayOptions = [7, 30, 90, 365].map((days) => [String(days), plural(days, "day")] as const);

/** Whether the events of the fleet are archived, and for how long. */
export const ArchiveSettings = () => {
  const path = fleetPath("/archive");
  const { data, error, reload } = useLoaded(path, (signal) =>
    requestWithTag<Stored>({ method: "GET", path }, signal),
  );
  if (error !== undefined || data === undefined) {
    return <LoadState data={data} error={error} reload={reload} />;
  }
  const { archive } = data.body;
  const change = (body: object): ApiRequest => ({
    method: "PUT",
    path,
    body,
    headers: data.tag === undefined ? {} : { "If-Match": data.tag },
  });
  const save = async (wanted: ApiRequest, done: string): Promise<void> => {
    await requestWithTag(wanted);
    await reload();
    toast(done);
  };
  return (
    <Card title="Setting">
      {archive.enabled ? (
        <div class="actions">
          <Status kind="good">{`on: events are kept for ${plural(archive.days, "day")}`}</Status>
          <Confirm
            action="Turn off"
            title="Turn the archive off?"
            request={change({ enabled: false, days: archive.days })}
            run={() =>
              save(change({ enabled: false, days: archive.days }), "The archive is turned off.")
            }
          >
            <p>
              Events from now on are not archived, and a backfill cannot deliver them. Those that
              are archived stay readable for their {plural(archive.days, "day")}.
            </p>
          </Confirm>
        </div>
      ) : (
        <TurnOn days={archive.days} change={change} save={save} />
      )}
    </Card>
  );
};

interface TurnOnProps {
  readonly days: number;
  change(body: object): ApiRequest;
  save(wanted: ApiRequest, done: string): Promise<void>;
}

const TurnOn = ({ days: before, change, save }: TurnOnProps) => {
  const [days, setDays] = useState(String(before));
  const enable = change({ enabled: true, days: Number(days) });
  return (
    <Form
      submit="Turn on"
      actions={<Curl action="Turn the archive on" request={enable} />}
      onSubmit={() => save(enable, "Events are archived from now on.")}
    >
      <p>
        <Status kind="off">off</Status> The archive keeps the events of the fleet, to look at them
        later and to deliver them to a new integration.
      </p>
      <Select
        label="Keep events for"
        value={days}
        options={
          dayOptions.some(([each]) => each === days)
            ? dayOptions
            : [[days, plural(Number(days), "day")], ...dayOptions]
        }
        onChange={setDays}
      />
    </Form>
  );
};
