import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ProductBody, ProductContentsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, urlInFleet } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { number } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { toast } from "../../ui/toast.tsx";
import { Contents } from "./contents.tsx";

/** Deletes the product, with its plan first. */
export const RemoveProduct = ({ product }: { product: ProductBody }) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <Card title="Delete the product">
      <p class="muted">With its integrations, team, API users and OAuth clients.</p>
      <div class="actions">
        <Button kind="danger" onClick={() => setOpen(true)}>
          Delete…
        </Button>
      </div>
      {isOpen && (
        <Dialog title="Delete this product?" onClose={() => setOpen(false)}>
          <Planned product={product} onClose={() => setOpen(false)} />
        </Dialog>
      )}
    </Card>
  );
};

interface Plan {
  readonly plan: ProductContentsBody;
  /** What a person repeats. */
  readonly confirm: string;
}

type Removal = { readonly removed: true } | { readonly removed: false; readonly left: number };

const Planned = ({ product, onClose }: { product: ProductBody; onClose(): void }) => {
  const [typed, setTyped] = useState("");
  const [left, setLeft] = useState<number>();
  const path = fleetPath("");
  const { data, error, reload } = useLoaded(`plan ${path}`, (signal) =>
    request<Plan>({ method: "DELETE", path, query: { plan: true } }, signal),
  );
  const remove: ApiRequest = {
    method: "DELETE",
    path,
    query: { confirm: data?.confirm, release_devices: true },
  };
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data === undefined && error === undefined && <p>Reading the plan…</p>}
      {data !== undefined && (
        <>
          <p>
            All of this is lost permanently. The devices return to the users who claimed them;
            archived events and the ledger stay until they expire.
          </p>
          <Contents contents={data.plan} />
          <Field
            label={`Type ${data.confirm} to confirm`}
            value={typed}
            autocomplete="off"
            onInput={setTyped}
          />
        </>
      )}
      {left !== undefined && (
        <p role="status">
          {number(left)} devices and integrations are left. Delete again to continue.
        </p>
      )}
      <div class="actions end">
        <Curl action="Delete the product" request={remove} />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="danger"
          disabled={data === undefined || typed !== data.confirm}
          onClick={async () => {
            const removal = await request<Removal>(remove);
            if (!removal.removed) {
              setLeft(removal.left);
              return;
            }
            toast(`The product ${product.name} is deleted.`);
            navigate(urlInFleet("/products", undefined));
          }}
        >
          Delete
        </Button>
      </div>
    </>
  );
};
