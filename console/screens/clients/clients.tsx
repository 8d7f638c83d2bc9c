import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { OAuthClientBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import { ChangeClient } from "./changeClient.tsx";
import { NewClient } from "./newClient.tsx";

/** The OAuth clients of the user, or of the product of the URL. */
export const Clients = () => {
  const list = { method: "GET", path: fleetPath("/clients") } as const;
  const { data, error, reload } = useLoaded(list.path, (signal) =>
    request<{ clients: readonly OAuthClientBody[] }>(list, signal),
  );
  return (
    <Screen title="OAuth clients" actions={<Curl action="List OAuth clients" request={list} />}>
      <p class="muted">
        An OAuth client is a program that asks users of Godwit for access by{" "}
        <code>POST /oauth/token</code> with its id and its secret.
      </p>
      <LoadState data={data} error={error} reload={reload} />
      {data?.clients.length === 0 && <Empty title="There are no OAuth clients." />}
      {data !== undefined && data.clients.length > 0 && (
        <section class="card" aria-label="OAuth clients">
          <Table
            label="OAuth clients"
            rows={data.clients}
            keyOf={({ id }) => id}
            columns={[
              { title: "Name", cell: ({ name }) => <Text value={name} max={80} /> },
              { title: "Id", cell: ({ id }) => <Text value={id} max={100} /> },
              { title: "Type", cell: ({ type }) => type },
              {
                title: "Redirect",
                cell: ({ redirect_uri: uri }) => <Text value={uri ?? "–"} max={100} />,
              },
              { title: "Scopes", cell: ({ scope }) => <Text value={scope ?? "not limited"} /> },
              {
                title: "Action",
                cell: (client) => (
                  <div class="actions">
                    <ChangeClient client={client} reload={reload} />
                    <Remove client={client} reload={reload} />
                  </div>
                ),
              },
            ]}
          />
        </section>
      )}
      <NewClient reload={reload} />
    </Screen>
  );
};

const Remove = ({ client, reload }: { client: OAuthClientBody; reload(): Promise<void> }) => {
  const path = fleetPath(`/clients/${encodeURIComponent(client.id)}`);
  const remove: ApiRequest = { method: "DELETE", path };
  return (
    <Confirm
      action="Delete"
      title="Delete this OAuth client?"
      request={remove}
      run={async () => {
        await request(remove);
        await reload();
        toast("The OAuth client is deleted.");
      }}
    >
      <p>
        All tokens that <bdi>{visible(client.name).slice(0, 80)}</bdi> has got are revoked, and its
        secret no longer works. Everybody who uses the program is signed out of it.
      </p>
    </Confirm>
  );
};
