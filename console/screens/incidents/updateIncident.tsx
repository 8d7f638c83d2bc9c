import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { IncidentBody, OperationsReply } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";
import { bodyCharsMax, impactOptions, words } from "./incidentText.ts";
import { type Place, Places } from "./places.tsx";

interface Props {
  readonly incident: IncidentBody;
  readonly components: OperationsReply["components"];
  reload(): Promise<void>;
}

/** The statuses that do not end it. */
const open = {
  incident: ["investigating", "identified", "monitoring"],
  maintenance: ["scheduled", "in_progress", "verifying"],
} as const;

/** Adds an update: words, a status, an impact, components. */
export const UpdateIncident = ({ incident, components, reload }: Props) => {
  const { type, version } = incident;
  const [body, setBody] = useState("");
  const [status, setStatus] = useState("");
  const [impact, setImpact] = useState("");
  // As the person read them, until they change them.
  const [places, setPlaces] = useState<readonly Place[]>();
  const stated = incident.affected.map(({ component, region, status: of }) => ({
    component,
    region,
    ...(type === "incident" && { status: of }),
  }));
  const update: ApiRequest = {
    method: "POST",
    path: `/v1/status/incidents/${encodeURIComponent(incident.id)}`,
    body: {
      body,
      ...(status !== "" && { status }),
      ...(impact !== "" && { impact }),
      ...(places !== undefined && { affected: places }),
      version,
    },
  };
  return (
    <Card title="Add an update">
      <Form
        submit="Publish the update"
        actions={<Curl action="Publish this update" request={update} />}
        onSubmit={async () => {
          await request(update);
          setBody("");
          setStatus("");
          setImpact("");
          setPlaces(undefined);
          await reload();
          toast("The update is published.");
        }}
      >
        <Area
          label="Message"
          value={body}
          required
          maxLength={bodyCharsMax}
          hint="The subscribers of its components get it within a minute."
          onInput={setBody}
        />
        <Select
          label="Status"
          value={status}
          options={[["", "as it is"], ...open[type].map((each) => [each, words(each)] as const)]}
          onChange={setStatus}
        />
        <Select
          label="Impact"
          value={impact}
          options={[["", "as it is"], ...impactOptions]}
          onChange={setImpact}
        />
        <Places
          components={components}
          places={places ?? stated}
          isMaintenance={type === "maintenance"}
          onChange={setPlaces}
        />
      </Form>
    </Card>
  );
};
