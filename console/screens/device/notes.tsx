import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { DeviceDetailsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly device: DeviceDetailsBody;
  reload(): Promise<void>;
}

/** The name and the notes of the device. */
export const DeviceNotes = ({ device, reload }: Props) => {
  const [name, setName] = useState(device.name ?? "");
  const [notes, setNotes] = useState(device.notes ?? "");
  // Only what has changed: another person may change the rest meanwhile.
  const body = {
    ...(name !== (device.name ?? "") && { name }),
    ...(notes !== (device.notes ?? "") && { notes }),
  };
  const change: ApiRequest = { method: "PUT", path: devicePath(device.id), body };
  return (
    <Card title="Name and notes">
      <Form
        submit="Save"
        actions={<Curl action="Rename" request={change} />}
        onSubmit={async () => {
          if (Object.keys(body).length > 0) await request(change);
          await reload();
          toast("Saved.");
        }}
      >
        <Field
          label="Name"
          value={name}
          maxLength={64}
          hint="Letters, digits, _, . and -; unique in the fleet. Empty: no name."
          onInput={setName}
        />
        <Area label="Notes" value={notes} onInput={setNotes} />
      </Form>
    </Card>
  );
};
