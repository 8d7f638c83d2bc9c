import type { ApiRequest } from "../../api/apiRequest.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";

interface Invitation {
  readonly id: string;
  readonly role: string;
  readonly invited_by: string;
  readonly product: { readonly name: string };
}

const list = { method: "GET", path: "/v1/user/invitations" } as const;

/** The open invitations to the user. */
export const Invitations = ({ reload }: { reload(): Promise<void> }) => {
  const { data, reload: reloadInvitations } = useLoaded("invitations", (signal) =>
    request<{ invitations: readonly Invitation[] }>(list, signal),
  );
  if (data === undefined || data.invitations.length === 0) return null;
  const answerRequest = (method: "POST" | "DELETE", id: string): ApiRequest => ({
    method,
    path: `${list.path}/${encodeURIComponent(id)}`,
  });
  const answer = async (method: "POST" | "DELETE", id: string, done: string): Promise<void> => {
    await request(answerRequest(method, id));
    await Promise.all([reload(), reloadInvitations()]);
    toast(done);
  };
  return (
    <Card title="Invitations to you" actions={<Curl action="List invitations" request={list} />}>
      <Table
        label="Invitations to you"
        rows={data.invitations}
        keyOf={({ id }) => id}
        columns={[
          { title: "Product", cell: ({ product }) => <Text value={product.name} max={80} /> },
          { title: "Role", cell: ({ role }) => role },
          { title: "Invited by", cell: ({ invited_by: by }) => <Text value={by} max={100} /> },
          {
            title: "Answer",
            cell: ({ id }) => (
              <div class="actions">
                <Button kind="primary" onClick={() => answer("POST", id, "You are in the team.")}>
                  Accept
                </Button>
                <Curl action="Accept the invitation" request={answerRequest("POST", id)} />
                <Button onClick={() => answer("DELETE", id, "Declined.")}>Decline</Button>
                <Curl action="Decline the invitation" request={answerRequest("DELETE", id)} />
              </div>
            ),
          },
        ]}
      />
    </Card>
  );
};
