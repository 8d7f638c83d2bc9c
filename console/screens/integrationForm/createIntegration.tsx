import { useState } from "preact/hooks";
import type { IntegrationBody } from "#shared/routes/integrationRoutes.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Screen } from "../../ui/screen.tsx";
import { WebhookFields } from "./fields.tsx";
import { NewSecret } from "./newSecret.tsx";
import { Preview } from "./preview.tsx";
import { readDraft } from "./readDraft.ts";
import type { Draft } from "./settings.ts";
import { type Template, templates } from "./templates.ts";

type Created = IntegrationBody & { readonly signing_secret?: string };

const [first] = templates;

/** Creates a webhook from a template, with a preview of its requests. */
export const CreateIntegration = () => {
  const [template, setTemplate] = useState<Template | undefined>(first);
  const [draft, setDraft] = useState<Draft | undefined>(first?.draft);
  const [created, setCreated] = useState<Created>();
  if (template === undefined || draft === undefined) return null;
  const up = { url: urlOf("/integrations"), name: "Integrations" };
  if (created?.signing_secret !== undefined) {
    return (
      <Screen title="Integration created" up={up}>
        <NewSecret secret={created.signing_secret} integration={created.id} />
      </Screen>
    );
  }
  const { settings, problem } = readDraft(draft);
  const create: ApiRequest = { method: "POST", path: fleetPath("/integrations"), body: settings };
  const body = { template: settings, event: template.example };
  return (
    <Screen title="Create an integration" up={up}>
      <div class="columns">
        <Card title="Settings">
          <TemplateChoice
            value={template}
            onChange={(next) => {
              setTemplate(next);
              setDraft(next.draft);
            }}
          />
          <Form
            submit="Create"
            actions={<Curl action="Create this integration" request={create} />}
            onSubmit={async () => {
              if (problem !== undefined) throw new Error(problem);
              const made = await request<Created>(create);
              if (made.signing_secret === undefined) navigate(urlOf(`/integrations/${made.id}`));
              setCreated(made);
            }}
          >
            <WebhookFields
              draft={draft}
              onChange={(change) => setDraft((now) => now && { ...now, ...change })}
            />
          </Form>
        </Card>
        <Preview
          problem={problem}
          request={{ method: "POST", path: fleetPath("/integrations/preview"), body }}
        />
      </div>
    </Screen>
  );
};

interface ChoiceProps {
  readonly value: Template;
  onChange(template: Template): void;
}

const TemplateChoice = ({ value, onChange }: ChoiceProps) => (
  <>
    <Select
      label="Template"
      value={value.id}
      options={templates.map(({ id, name }) => [id, name] as const)}
      onChange={(id) => onChange(templates.find((each) => each.id === id) ?? value)}
    />
    <p class="hint">{value.hint}</p>
  </>
);
