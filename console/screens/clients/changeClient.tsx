import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { OAuthClientBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Button } from "../../ui/button.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly client: OAuthClientBody;
  reload(): Promise<void>;
}

/** Changes the name or the scopes of an OAuth client. */
export const ChangeClient = ({ client, reload }: Props) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Edit…</Button>
      {isOpen && (
        <Dialog title="Edit the OAuth client" onClose={() => setOpen(false)}>
          <Change
            client={client}
            onDone={async () => {
              await reload();
              setOpen(false);
            }}
          />
        </Dialog>
      )}
    </>
  );
};

const Change = ({ client, onDone }: { client: OAuthClientBody; onDone(): Promise<void> }) => {
  const [name, setName] = useState(client.name);
  const [scope, setScope] = useState(client.scope ?? "");
  const body = {
    ...(name !== client.name && { name }),
    ...(scope !== (client.scope ?? "") && { scope }),
  };
  const path = fleetPath(`/clients/${encodeURIComponent(client.id)}`);
  const change: ApiRequest = { method: "PUT", path, body };
  return (
    <Form
      submit="Save"
      actions={<Curl action="Change this OAuth client" request={change} />}
      onSubmit={async () => {
        if (Object.keys(body).length > 0) await request(change);
        toast("Saved.");
        await onDone();
      }}
    >
      <Field label="Name of the client" value={name} required maxLength={64} onInput={setName} />
      <Field
        label="Scopes of the client"
        value={scope}
        hint="Separated by spaces. Tokens that it has already got keep their scopes."
        onInput={setScope}
      />
    </Form>
  );
};
