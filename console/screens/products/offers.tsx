import type { ApiRequest } from "../../api/apiRequest.ts";
import type { OfferBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";

type Offer = OfferBody & { readonly product: { readonly name: string } };

const list = { method: "GET", path: "/v1/user/transfers" } as const;

/** The products whose ownership is offered to the user. */
export const Offers = ({ reload }: { reload(): Promise<void> }) => {
  const { data, reload: reloadOffers } = useLoaded("offers", (signal) =>
    request<{ transfers: readonly Offer[] }>(list, signal),
  );
  if (data === undefined || data.transfers.length === 0) return null;
  const answer = async (wanted: ApiRequest, done: string): Promise<void> => {
    await request(wanted);
    await Promise.all([reload(), reloadOffers()]);
    toast(done);
  };
  return (
    <Card title="Products offered to you" actions={<Curl action="List offers" request={list} />}>
      <Table
        label="Products offered to you"
        rows={data.transfers}
        keyOf={({ id }) => id}
        columns={[
          { title: "Product", cell: ({ product }) => <Text value={product.name} max={80} /> },
          { title: "Offered by", cell: ({ offered_by: by }) => <Text value={by} max={100} /> },
          { title: "Answer", cell: ({ id }) => <Answer id={id} answer={answer} /> },
        ]}
      />
    </Card>
  );
};

interface AnswerProps {
  readonly id: string;
  answer(wanted: ApiRequest, done: string): Promise<void>;
}

const Answer = ({ id, answer }: AnswerProps) => {
  const path = `${list.path}/${encodeURIComponent(id)}`;
  const accept: ApiRequest = { method: "POST", path };
  const decline: ApiRequest = { method: "DELETE", path };
  return (
    <div class="actions">
      <Confirm
        action="Accept"
        kind="primary"
        title="Become the owner of this product?"
        request={accept}
        run={() => answer(accept, "You own the product.")}
      >
        <p>
          You are responsible for its devices, integrations and team, and it counts among your
          products. Only you can give it to another member again.
        </p>
      </Confirm>
      <Button onClick={() => answer(decline, "Declined.")}>Decline</Button>
      <Curl action="Decline the offer" request={decline} />
    </div>
  );
};
