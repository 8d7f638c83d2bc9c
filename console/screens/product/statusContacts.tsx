import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ContactBody, RequestedContact } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";

/** A contact is confirmed elsewhere: by a mail, or by the answer of a webhook. */
const renewMs = 10_000;

/** Who gets messages about incidents, with the numbers of the product. */
export const StatusContacts = () => {
  const list = { method: "GET", path: fleetPath("/status/contacts") } as const;
  const { data, error, reload } = useLoaded(
    list.path,
    (signal) => request<{ contacts: readonly ContactBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Status contacts" actions={<Curl action="List contacts" request={list} />}>
      <p class="muted">
        Each contact gets the updates of incidents, with the deliveries and devices of this product
        that they concerned, and a report after the end.
      </p>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && data.contacts.length > 0 && (
        <Table
          label="Status contacts"
          rows={data.contacts}
          keyOf={({ id }) => id}
          columns={[
            { title: "To", cell: ({ target }) => <Text value={target} max={100} /> },
            { title: "Kind", cell: ({ kind }) => kind },
            {
              title: "Components",
              cell: ({ components }) => (components.length === 0 ? "all" : components.join(", ")),
            },
            { title: "Confirmed", cell: ({ confirmed_at: at }) => <Ago at={at} /> },
            {
              title: "Action",
              cell: (contact) => <RemoveContact contact={contact} reload={reload} />,
            },
          ]}
        />
      )}
      {data?.contacts.length === 0 && <p>No contact is confirmed yet.</p>}
      <AddContact reload={reload} />
    </Card>
  );
};

interface RemoveProps {
  readonly contact: ContactBody;
  reload(): Promise<void>;
}

const RemoveContact = ({ contact: { id, target }, reload }: RemoveProps) => {
  const remove: ApiRequest = {
    method: "DELETE",
    path: fleetPath("/status/contacts"),
    query: { id },
  };
  return (
    <Confirm
      action="Remove"
      title="Remove this contact?"
      opener="quiet"
      request={remove}
      run={async () => {
        await request(remove);
        await reload();
      }}
    >
      <p>
        <Text value={target} max={100} /> gets no more messages about incidents.
      </p>
    </Confirm>
  );
};

const kinds = [
  ["email", "E-mail"],
  ["webhook", "Webhook"],
] as const;

const AddContact = ({ reload }: { reload(): Promise<void> }) => {
  const [kind, setKind] = useState("email");
  const [target, setTarget] = useState("");
  const [made, setMade] = useState<RequestedContact>();
  const add: ApiRequest = {
    method: "POST",
    path: fleetPath("/status/contacts"),
    body: { [kind]: target },
  };
  return (
    <>
      <Form
        submit="Add a contact"
        actions={<Curl action="Add this contact" request={add} />}
        onSubmit={async () => {
          setMade(await request<RequestedContact>(add));
          setTarget("");
          await reload();
        }}
      >
        <Select label="Kind" value={kind} options={kinds} onChange={setKind} />
        <Field
          label={kind === "email" ? "E-mail address" : "URL"}
          value={target}
          required
          hint={
            kind === "email"
              ? "It gets a mail with a link that confirms it."
              : "It gets a signed request with a challenge, which its answer must contain."
          }
          onInput={setTarget}
        />
      </Form>
      {made !== undefined && (
        <Dialog title="The contact must be confirmed" onClose={() => setMade(undefined)}>
          <p>{made.message}</p>
          {made.signing_secret !== undefined && (
            <>
              <p>
                The webhook verifies requests with this secret.{" "}
                <strong>It is shown only now.</strong>
              </p>
              <Block label="Signing secret" value={made.signing_secret} />
              <div class="actions end">
                <Copy text={made.signing_secret} />
              </div>
            </>
          )}
        </Dialog>
      )}
    </>
  );
};
