import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { IncidentBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Area } from "../../ui/field.tsx";
import { toast } from "../../ui/toast.tsx";
import { bodyCharsMax } from "./incidentText.ts";

interface Props {
  readonly incident: IncidentBody;
  reload(): Promise<void>;
}

/** Resolves an incident, or completes or cancels a maintenance. */
export const EndIncident = ({ incident: { id, type, status, version }, reload }: Props) => {
  const isMaintenance = type === "maintenance";
  const [body, setBody] = useState("");
  const end: ApiRequest = {
    method: "POST",
    path: `/v1/status/incidents/${encodeURIComponent(id)}`,
    body: { body, status: isMaintenance ? "completed" : "resolved", version },
  };
  const action = isMaintenance ? (status === "scheduled" ? "Cancel" : "Complete") : "Resolve";
  return (
    <Confirm
      action={isMaintenance ? `${action} the maintenance` : action}
      kind="primary"
      title={isMaintenance ? `${action} this maintenance?` : "Resolve this incident?"}
      request={end}
      run={async () => {
        await request(end);
        await reload();
        toast(isMaintenance ? "The maintenance has ended." : "The incident is resolved.");
      }}
    >
      <p>
        The status page no longer shows it as open, and its subscribers get this message. It cannot
        be opened again. While one of its alarms fires, the API refuses it.
      </p>
      <Area label="Last message" value={body} required maxLength={bodyCharsMax} onInput={setBody} />
    </Confirm>
  );
};
