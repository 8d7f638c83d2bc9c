import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { IncidentBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate } from "../../route/router.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Select } from "../../ui/field.tsx";
import { toast } from "../../ui/toast.tsx";
import { isOver } from "./incidentText.ts";
import { incidentUrl } from "./urls.ts";

/** Merges an incident into another open one, which continues it. */
export const MergeIncident = ({ incident: { id, version } }: { incident: IncidentBody }) => {
  const [chosen, setChosen] = useState("");
  const { data } = useLoaded("incidents to merge into", (signal) =>
    request<{ incidents: readonly IncidentBody[] }>(
      { method: "GET", path: "/v1/status/incidents" },
      signal,
    ),
  );
  const others =
    data?.incidents.filter((each) => each.id !== id && each.type === "incident" && !isOver(each)) ??
    [];
  const [first] = others;
  if (first === undefined) return null;
  const into = others.find((each) => each.id === chosen) ?? first;
  const merge: ApiRequest = {
    method: "PATCH",
    path: `/v1/status/incidents/${encodeURIComponent(id)}`,
    body: { merged_into: into.id, version },
  };
  return (
    <Confirm
      action="Merge"
      title="Merge this incident into another one?"
      request={merge}
      run={async () => {
        await request(merge);
        toast("The incidents are merged.");
        navigate(incidentUrl(into.id));
      }}
    >
      <p>
        The status page shows only the other incident, which continues this one: the alarms and
        components of this one count there. It cannot be undone.
      </p>
      <Select
        label="Continue in"
        value={into.id}
        options={others.map((each) => [each.id, visible(each.name).slice(0, 100)] as const)}
        onChange={setChosen}
      />
    </Confirm>
  );
};
