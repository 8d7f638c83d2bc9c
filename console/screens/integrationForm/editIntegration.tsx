import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import { request, requestWithTag } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { toast } from "../../ui/toast.tsx";
import { WebhookFields } from "./fields.tsx";
import { Preview } from "./preview.tsx";
import { readDraft } from "./readDraft.ts";
import { changesOf, draftOf, type Settings, settingsOf } from "./settings.ts";

interface Stored {
  readonly settings: Settings;
  /** The version: a change of another person meanwhile is refused. */
  readonly tag: string | undefined;
}

/** Changes the settings of an integration, with a preview of its requests. */
export const EditIntegration = ({
  parameters,
}: {
  parameters: Readonly<Record<string, string>>;
}) => {
  const { integration: id = "" } = parameters;
  const { data, error, reload } = useLoaded(id, async (signal): Promise<Stored> => {
    const { body, tag } = await requestWithTag<{ integration: Settings }>(
      { method: "GET", path: integrationPath(id) },
      signal,
    );
    return { settings: settingsOf(body.integration), tag };
  });
  return (
    <Screen
      title="Edit the integration"
      up={{ url: urlOf(`/integrations/${encodeURIComponent(id)}`), name: "Integration" }}
    >
      {error !== undefined && data === undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && <Edit id={id} stored={data} />}
    </Screen>
  );
};

const Edit = ({ id, stored }: { id: string; stored: Stored }) =>
  stored.settings.integration_type === "Webhook" ? (
    <EditWebhook id={id} stored={stored} />
  ) : (
    <EditJson id={id} stored={stored} />
  );

const EditWebhook = ({ id, stored }: { id: string; stored: Stored }) => {
  const [draft, setDraft] = useState(() => draftOf(stored.settings));
  const { settings, problem } = readDraft(draft);
  return (
    <Changes id={id} stored={stored} settings={settings} problem={problem}>
      <WebhookFields
        draft={draft}
        onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
      />
    </Changes>
  );
};

const readJson = (text: string): { settings: Settings; problem: string | undefined } => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) throw new Error("not an object");
    return { settings: { ...value }, problem: undefined };
  } catch {
    return { settings: {}, problem: "The settings are not a JSON object." };
  }
};

const EditJson = ({ id, stored }: { id: string; stored: Stored }) => {
  const [text, setText] = useState(() => JSON.stringify(stored.settings, null, 2));
  return (
    <Changes id={id} stored={stored} {...readJson(text)}>
      <Area
        label="Settings"
        rows={18}
        isCode
        value={text}
        hint="******** keeps a stored secret."
        onInput={setText}
      />
    </Changes>
  );
};

interface ChangesProps {
  readonly id: string;
  readonly stored: Stored;
  readonly settings: Settings;
  readonly problem: string | undefined;
  readonly children: ComponentChildren;
}

const Changes = ({ id, stored, settings, problem, children }: ChangesProps) => {
  const changes = changesOf(stored.settings, settings);
  const change: ApiRequest = {
    method: "PATCH",
    path: integrationPath(id),
    body: changes,
    headers: stored.tag === undefined ? {} : { "If-Match": stored.tag },
  };
  const preview: ApiRequest = {
    method: "POST",
    path: integrationPath(id, "/preview"),
    body: { template: changes, limit: 3 },
  };
  return (
    <div class="columns">
      <Card title="Settings">
        <Form
          submit="Save"
          actions={<Curl action="Change this integration" request={change} />}
          onSubmit={async () => {
            if (problem !== undefined) throw new Error(problem);
            if (Object.keys(changes).length > 0) await request(change);
            toast("Saved. The change is in effect after one second.");
            navigate(urlOf(`/integrations/${encodeURIComponent(id)}`));
          }}
        >
          {children}
        </Form>
      </Card>
      <Preview problem={problem} request={preview} />
    </div>
  );
};
