import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ApiUserBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Table } from "../../ui/table.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { RemoveFromTeam } from "./roles.tsx";

interface Props {
  readonly users: readonly ApiUserBody[];
  reload(): Promise<void>;
}

/** The API users of the product: programs with a token of their own. */
export const ApiUsers = ({ users, reload }: Props) => (
  <Card title="API users">
    <p class="muted">A program that acts for this product, limited to its scopes.</p>
    {users.length > 0 && (
      <Table
        label="API users"
        rows={users}
        keyOf={({ username }) => username}
        columns={[
          { title: "Name", cell: ({ friendly_name: name }) => <Text value={name} max={80} /> },
          { title: "Scopes", cell: ({ scopes }) => <Text value={scopes.join(", ")} /> },
          {
            title: "Action",
            cell: ({ username }) => <RemoveFromTeam username={username} reload={reload} />,
          },
        ]}
      />
    )}
    <NewApiUser reload={reload} />
  </Card>
);

interface CreatedBody {
  readonly created: { readonly tokens: readonly { readonly token: string }[] };
}

const NewApiUser = ({ reload }: Pick<Props, "reload">) => {
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState("devices:list events:get");
  const [token, setToken] = useState<string>();
  const create: ApiRequest = {
    method: "POST",
    path: fleetPath("/team"),
    body: { friendly_name: name, scopes: scopes.split(/[\s,]+/).filter(Boolean) },
  };
  return (
    <>
      <Form
        submit="Create an API user"
        actions={<Curl action="Create this API user" request={create} />}
        onSubmit={async () => {
          const { created } = await request<CreatedBody>(create);
          setToken(created.tokens[0]?.token);
          setName("");
          await reload();
        }}
      >
        <Field label="Name" value={name} required maxLength={64} onInput={setName} />
        <Field
          label="Scopes"
          value={scopes}
          required
          hint="Separated by spaces, for example devices:list events:send."
          onInput={setScopes}
        />
      </Form>
      {token !== undefined && (
        <Dialog title="Token of the API user" onClose={() => setToken(undefined)}>
          <p>
            <strong>It is shown only now</strong>, and never expires.
          </p>
          <Block label="Token" value={token} />
          <div class="actions end">
            <Copy text={token} />
          </div>
        </Dialog>
      )}
    </>
  );
};
