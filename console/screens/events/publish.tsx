import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { eventsPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";

const nameCharsMax = 64;

/** Publishes an event as the user. */
export const Publish = () => {
  const [name, setName] = useState("");
  const [data, setData] = useState("");
  const publish: ApiRequest = { method: "POST", path: eventsPath(), body: { name, data } };
  return (
    <Card title="Publish an event">
      <Form
        submit="Publish"
        actions={<Curl action="Publish this event" request={publish} />}
        onSubmit={async () => {
          await request(publish);
          toast("The broker has accepted the event.");
        }}
      >
        <Field label="Name" value={name} maxLength={nameCharsMax} required onInput={setName} />
        <Area label="Data" rows={2} value={data} isCode onInput={setData} />
      </Form>
    </Card>
  );
};
