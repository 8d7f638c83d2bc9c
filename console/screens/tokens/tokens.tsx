import type { ApiRequest } from "../../api/apiRequest.ts";
import type { ListedTokenBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";

const list = { method: "GET", path: "/v1/access_tokens" } as const;

/** The access tokens and browser sessions of the user. Only hashes of them are stored. */
export const Tokens = () => {
  const { data, error, reload } = useLoaded("tokens", (signal) =>
    request<readonly ListedTokenBody[]>(list, signal),
  );
  return (
    <Screen title="Tokens" actions={<Curl action="List tokens" request={list} />}>
      <p class="muted">
        Programs and browsers that are signed in as you. The text of a token is shown only when it
        is made: <code>POST /oauth/token</code>, or <code>npm run admin -- token add NAME</code>.
      </p>
      <LoadState data={data} error={error} reload={reload} />
      {data?.length === 0 && <Empty title="There are no tokens." />}
      {data !== undefined && data.length > 0 && (
        <section class="card" aria-label="Tokens">
          <Table
            label="Tokens"
            rows={data}
            keyOf={({ id }) => id}
            columns={[
              { title: "Id", cell: ({ id }) => <code>{id}</code> },
              { title: "Client", cell: ({ client }) => <Text value={client} max={60} /> },
              { title: "Created", cell: ({ created_at }) => <Ago at={created_at} /> },
              {
                title: "Expires",
                cell: ({ expires_at: at }) =>
                  at === null ? "never" : new Date(at).toLocaleDateString(),
              },
              { title: "Action", cell: ({ id }) => <Revoke id={id} reload={reload} /> },
            ]}
          />
        </section>
      )}
    </Screen>
  );
};

const Revoke = ({ id, reload }: { id: string; reload(): Promise<void> }) => {
  const revoke: ApiRequest = { method: "DELETE", path: `${list.path}/${encodeURIComponent(id)}` };
  return (
    <Confirm
      action="Revoke"
      title="Revoke this token?"
      request={revoke}
      run={async () => {
        await request(revoke);
        await reload();
        toast("The token is revoked. It ends within 30 seconds.");
      }}
    >
      <p>
        The program or the browser that uses the token <code>{id}</code> stops working until it
        signs in again.
      </p>
    </Confirm>
  );
};
