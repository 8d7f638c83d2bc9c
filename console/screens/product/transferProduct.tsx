import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { OfferBody, ProductContentsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { Contents } from "./contents.tsx";

interface Plan {
  readonly plan: ProductContentsBody & { readonly from: string; readonly to: string };
  readonly confirm: string;
}

interface TeamBody {
  /** The open offer. */
  readonly transfer?: OfferBody | null;
}

/** Offers the ownership of the product to a member, with its plan first. */
export const TransferProduct = () => {
  const [username, setUsername] = useState("");
  const [plan, setPlan] = useState<Plan>();
  const path = fleetPath("/transfer");
  const { data, reload } = useLoaded(path, (signal) =>
    request<TeamBody>({ method: "GET", path: fleetPath("/team") }, signal),
  );
  const offer: ApiRequest = { method: "POST", path, body: { username, confirm: plan?.confirm } };
  const open = data?.transfer ?? undefined;
  return (
    <Card title="Transfer the ownership">
      {open !== undefined && <OpenOffer offer={open} reload={reload} />}
      <Form
        submit="Show the plan"
        onSubmit={async () =>
          setPlan(await request<Plan>({ method: "POST", path, body: { username, plan: true } }))
        }
        actions={<Curl action="Offer the ownership" request={offer} />}
      >
        <Field
          label="Member of the team"
          value={username}
          required
          maxLength={200}
          placeholder="grace@example.com"
          onInput={setUsername}
        />
      </Form>
      {plan !== undefined && (
        <Dialog title="Offer the ownership?" onClose={() => setPlan(undefined)}>
          <p>
            <Text value={plan.plan.to} max={100} /> becomes the owner with the acceptance, and{" "}
            <Text value={plan.plan.from} max={100} /> an administrator. Only the new owner can undo
            it. Tokens of the OAuth clients end.
          </p>
          <Contents contents={plan.plan} />
          <div class="actions end">
            <Button onClick={() => setPlan(undefined)}>Cancel</Button>
            <Button
              kind="danger"
              onClick={async () => {
                await request(offer);
                setPlan(undefined);
                await reload();
                toast("The ownership is offered for 14 days.");
              }}
            >
              Offer
            </Button>
          </div>
        </Dialog>
      )}
    </Card>
  );
};

const OpenOffer = ({ offer, reload }: { offer: OfferBody; reload(): Promise<void> }) => {
  const withdraw: ApiRequest = { method: "DELETE", path: fleetPath("/transfer") };
  return (
    <div class="actions">
      <p>
        Offered to <Text value={offer.username} max={100} /> <Ago at={offer.created_at} />.
      </p>
      <Confirm
        action="Withdraw"
        title="Withdraw the offer?"
        request={withdraw}
        run={async () => {
          await request(withdraw);
          await reload();
          toast("The offer is withdrawn.");
        }}
      >
        <p>The member can no longer accept it.</p>
      </Confirm>
    </div>
  );
};
