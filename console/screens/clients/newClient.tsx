import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { OAuthClientBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Block } from "../../ui/text.tsx";

const types = [
  ["installed", "installed: a program on a machine or a phone"],
  ["web", "web: a server, which gets users back at a URL"],
] as const;

type Created = OAuthClientBody & { readonly secret: string };

const empty = { name: "", type: "installed", redirect: "", scope: "" };

/** Creates an OAuth client, and shows its secret once. */
export const NewClient = ({ reload }: { reload(): Promise<void> }) => {
  const [draft, setDraft] = useState(empty);
  const [created, setCreated] = useState<Created>();
  const set = (name: keyof typeof empty) => (value: string) =>
    setDraft((now) => ({ ...now, [name]: value }));
  const create: ApiRequest = {
    method: "POST",
    path: fleetPath("/clients"),
    body: {
      name: draft.name,
      type: draft.type,
      ...(draft.redirect !== "" && { redirect_uri: draft.redirect }),
      ...(draft.scope.trim() !== "" && { scope: draft.scope.trim() }),
    },
  };
  return (
    <Card title="New OAuth client">
      <Form
        submit="Create an OAuth client"
        actions={<Curl action="Create this OAuth client" request={create} />}
        onSubmit={async () => {
          const { client } = await request<{ client: Created }>(create);
          setCreated(client);
          setDraft(empty);
          await reload();
        }}
      >
        <Field label="Name" value={draft.name} required maxLength={64} onInput={set("name")} />
        <Select label="Type" value={draft.type} options={types} onChange={set("type")} />
        <Field
          label="Redirect URL"
          value={draft.redirect}
          required={draft.type === "web"}
          placeholder="https://example.com/callback"
          onInput={set("redirect")}
        />
        <Field
          label="Scopes (optional)"
          value={draft.scope}
          hint="Separated by spaces, for example devices:list events:get. Empty: not limited."
          onInput={set("scope")}
        />
      </Form>
      {created !== undefined && (
        <Dialog title="Secret of the OAuth client" onClose={() => setCreated(undefined)}>
          <p>
            <strong>The secret is shown only now.</strong>
          </p>
          <Block label="Client id" value={created.id} />
          <Block label="Client secret" value={created.secret} />
          <div class="actions end">
            <Copy text={created.secret} label="Copy the secret" />
          </div>
        </Dialog>
      )}
    </Card>
  );
};
