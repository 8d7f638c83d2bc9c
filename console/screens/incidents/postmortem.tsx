import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { IncidentBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly incident: IncidentBody;
  reload(): Promise<void>;
}

const charsMax = 50_000;

/** Writes the report after an incident. */
export const Postmortem = ({ incident: { id, postmortem, version }, reload }: Props) => {
  const [text, setText] = useState(postmortem?.body ?? "");
  const write: ApiRequest = {
    method: "PUT",
    path: `/v1/status/incidents/${encodeURIComponent(id)}`,
    body: { postmortem: text, version },
  };
  return (
    <Card title="Postmortem">
      <Form
        submit={postmortem === null ? "Publish the postmortem" : "Replace the postmortem"}
        actions={<Curl action="Publish this postmortem" request={write} />}
        onSubmit={async () => {
          await request(write);
          await reload();
          toast("The postmortem is published.");
        }}
      >
        <Area
          label="Report in Markdown"
          rows={10}
          value={text}
          required
          maxLength={charsMax}
          hint="What happened, whom it concerned, why, and what changes. Subscribers get a message."
          onInput={setText}
        />
      </Form>
    </Card>
  );
};
