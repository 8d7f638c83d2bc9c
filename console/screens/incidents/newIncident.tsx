import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { IncidentBody, OperationsReply } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { isoOf } from "../../ui/localTime.ts";
import { Screen } from "../../ui/screen.tsx";
import { toast } from "../../ui/toast.tsx";
import { bodyCharsMax, impactOptions, nameCharsMax } from "./incidentText.ts";
import { type Place, Places } from "./places.tsx";
import { incidentsUp, incidentUrl } from "./urls.ts";

/** Opens an incident or a general notice, or schedules a maintenance. */
export const NewIncident = () => {
  const { data, error, reload } = useLoaded("operations", (signal) =>
    request<OperationsReply>({ method: "GET", path: "/v1/operations" }, signal),
  );
  return (
    <Screen title="Open an incident" up={incidentsUp()}>
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && <NewForm components={data.components} />}
    </Screen>
  );
};

const kinds = [
  ["incident", "Incident, or a general notice without components"],
  ["maintenance", "Maintenance: begins and ends by itself"],
] as const;

const statuses = ["investigating", "identified", "monitoring"].map((each) => [each, each] as const);

const empty = {
  kind: "incident",
  name: "",
  body: "",
  status: "investigating",
  impact: "",
  from: "",
  until: "",
};

const bodyOf = (draft: typeof empty, affected: readonly Place[]) => ({
  name: draft.name,
  body: draft.body,
  ...(draft.impact !== "" && { impact: draft.impact }),
  affected,
  ...(draft.kind === "maintenance"
    ? { scheduled_for: isoOf(draft.from), scheduled_until: isoOf(draft.until) }
    : { status: draft.status }),
});

const NewForm = ({ components }: Pick<OperationsReply, "components">) => {
  const [draft, setDraft] = useState(empty);
  const [places, setPlaces] = useState<readonly Place[]>([]);
  const set = (name: keyof typeof empty) => (value: string) =>
    setDraft((now) => ({ ...now, [name]: value }));
  const isMaintenance = draft.kind === "maintenance";
  const create: ApiRequest = {
    method: "POST",
    path: "/v1/status/incidents",
    body: bodyOf(draft, places),
  };
  return (
    <Card title={isMaintenance ? "New maintenance" : "New incident"}>
      <p class="hint">
        The status page shows it at once, and the subscribers of its components get a message within
        a minute. It cannot be deleted.
      </p>
      <Form
        submit={isMaintenance ? "Schedule the maintenance" : "Open the incident"}
        actions={<Curl action="Open this incident" request={create} />}
        onSubmit={async () => {
          const { incident } = await request<{ incident: IncidentBody }>(create);
          toast(isMaintenance ? "The maintenance is scheduled." : "The incident is open.");
          navigate(incidentUrl(incident.id));
        }}
      >
        <Select
          label="Kind"
          value={draft.kind}
          options={kinds}
          onChange={(kind) => {
            // Places of a maintenance have no status.
            setPlaces([]);
            set("kind")(kind);
          }}
        />
        <Words draft={draft} set={set} />
        <Select
          label="Impact"
          value={draft.impact}
          options={[["", "calculated from the components"], ...impactOptions]}
          onChange={set("impact")}
        />
        <Places
          components={components}
          places={places}
          isMaintenance={isMaintenance}
          onChange={setPlaces}
        />
      </Form>
    </Card>
  );
};

interface WordsProps {
  readonly draft: typeof empty;
  set(name: keyof typeof empty): (value: string) => void;
}

const Words = ({ draft, set }: WordsProps) => (
  <>
    <Field
      label="Title"
      value={draft.name}
      required
      maxLength={nameCharsMax}
      placeholder={draft.kind === "maintenance" ? "Database update" : "Webhooks are late"}
      onInput={set("name")}
    />
    <Area
      label="Message"
      value={draft.body}
      required
      maxLength={bodyCharsMax}
      onInput={set("body")}
    />
    {draft.kind === "maintenance" ? (
      <>
        <Field
          label="From (your time)"
          type="datetime-local"
          required
          value={draft.from}
          onInput={set("from")}
        />
        <Field
          label="Until (your time)"
          type="datetime-local"
          required
          value={draft.until}
          onInput={set("until")}
        />
      </>
    ) : (
      <Select label="Status" value={draft.status} options={statuses} onChange={set("status")} />
    )}
  </>
);
