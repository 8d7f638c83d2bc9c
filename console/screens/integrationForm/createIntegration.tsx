import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { IntegrationBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Screen } from "../../ui/screen.tsx";
import { WebhookFields } from "./fields.tsx";
import { KindFields } from "./kindFields.tsx";
import { type Kind, type KindDraft, kinds, missingOf, settingsOfKind } from "./kinds.ts";
import { NewSecret } from "./newSecret.tsx";
import { Preview } from "./preview.tsx";
import { readDraft } from "./readDraft.ts";
import type { Draft, Settings } from "./settings.ts";
import { reading, type Template, templates } from "./templates.ts";

type Created = IntegrationBody & { readonly signing_secret?: string };

/** A template of a webhook, or another kind. */
type Choice = Template | Kind;

const choices: readonly Choice[] = [...templates, ...kinds];

const [first] = templates;

/** Creates an integration from a template, with a preview of its requests. */
export const CreateIntegration = () => {
  const [choice, setChoice] = useState<Choice | undefined>(first);
  const [created, setCreated] = useState<Created>();
  if (choice === undefined) return null;
  const up = { url: urlOf("/integrations"), name: "Integrations" };
  if (created?.signing_secret !== undefined) {
    return (
      <Screen title="Integration created" up={up}>
        <NewSecret secret={created.signing_secret} integration={created.id} />
      </Screen>
    );
  }
  const chosen = <TemplateChoice value={choice} onChange={setChoice} />;
  // A key: another choice begins with its own settings.
  return (
    <Screen title="Create an integration" up={up}>
      {"draft" in choice ? (
        <CreateWebhook key={choice.id} template={choice} choice={chosen} onCreated={setCreated} />
      ) : (
        <CreateOfKind key={choice.id} kind={choice} choice={chosen} onCreated={setCreated} />
      )}
    </Screen>
  );
};

interface CreateProps {
  /** Chooses the template. */
  readonly choice: ComponentChildren;
  onCreated(created: Created): void;
}

const CreateWebhook = ({ template, ...rest }: CreateProps & { template: Template }) => {
  const [draft, setDraft] = useState<Draft>(template.draft);
  return (
    <Create {...rest} {...readDraft(draft)} example={template.example}>
      <WebhookFields
        draft={draft}
        onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
      />
    </Create>
  );
};

const CreateOfKind = ({ kind, ...rest }: CreateProps & { kind: Kind }) => {
  const [draft, setDraft] = useState<KindDraft>({ event: "temperature" });
  return (
    <Create
      {...rest}
      settings={settingsOfKind(kind, draft)}
      problem={missingOf(kind, draft)}
      example={reading}
    >
      <KindFields
        kind={kind}
        draft={draft}
        onChange={(change) => setDraft((now) => ({ ...now, ...change }))}
      />
    </Create>
  );
};

interface Shown extends CreateProps {
  readonly settings: Settings;
  /** Why the settings are not complete. */
  readonly problem: string | undefined;
  readonly example: Template["example"];
  readonly children: ComponentChildren;
}

const eventChoices = [
  ["example", "the example event of the template"],
  ["recent", "recent events of the fleet"],
] as const;

const Create = ({ choice, settings, problem, example, children, onCreated }: Shown) => {
  const create: ApiRequest = { method: "POST", path: fleetPath("/integrations"), body: settings };
  const [events, setEvents] = useState("example");
  const isExample = events === "example";
  const body = { template: settings, ...(isExample ? { event: example } : { limit: 3 }) };
  return (
    <div class="columns">
      <Card title="Settings">
        {choice}
        <Form
          submit="Create"
          actions={<Curl action="Create this integration" request={create} />}
          onSubmit={async () => {
            if (problem !== undefined) throw new Error(problem);
            const made = await request<Created>(create);
            if (made.signing_secret === undefined) navigate(urlOf(`/integrations/${made.id}`));
            onCreated(made);
          }}
        >
          {children}
        </Form>
      </Card>
      <Preview
        problem={problem}
        request={{ method: "POST", path: fleetPath("/integrations/preview"), body }}
      >
        <Select label="Preview with" value={events} options={eventChoices} onChange={setEvents} />
      </Preview>
    </div>
  );
};

interface ChoiceProps {
  readonly value: Choice;
  onChange(choice: Choice): void;
}

const TemplateChoice = ({ value, onChange }: ChoiceProps) => (
  <>
    <Select
      label="Template"
      value={value.id}
      options={choices.map(({ id, name }) => [id, name] as const)}
      onChange={(id) => onChange(choices.find((each) => each.id === id) ?? value)}
    />
    <p class="hint">{value.hint}</p>
  </>
);
