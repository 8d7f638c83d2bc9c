import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ProductBody } from "../../api/replies.ts";
import { request, requestWithTag } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product as productOfUrl } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { toast } from "../../ui/toast.tsx";
import { RemoveProduct } from "./removeProduct.tsx";
import { StatusContacts } from "./statusContacts.tsx";
import { TransferProduct } from "./transferProduct.tsx";

interface Shown {
  readonly product: ProductBody;
  readonly tag: string | undefined;
}

/** The product of the URL: its name and description, its owner, its end. */
export const ProductSettings = () => {
  const show = { method: "GET", path: fleetPath("") } as const;
  const isInProduct = productOfUrl.value !== undefined;
  const { data, error, reload } = useLoaded(show.path, async (signal) => {
    if (!isInProduct) return undefined;
    const { body, tag } = await requestWithTag<{ product: ProductBody }>(show, signal);
    return { product: body.product, tag } satisfies Shown;
  });
  if (!isInProduct) {
    return (
      <Screen title="Settings">
        <Empty title="Your own devices have no settings.">
          <p>Choose a product, or create one.</p>
        </Empty>
      </Screen>
    );
  }
  return (
    <Screen title="Settings" actions={<Curl action="Show the product" request={show} />}>
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <>
          <Change key={data.tag} shown={data} reload={reload} />
          <StatusContacts />
          {data.product.role === "owner" && (
            <div class="columns">
              <TransferProduct />
              <RemoveProduct product={data.product} />
            </div>
          )}
        </>
      )}
    </Screen>
  );
};

const Change = ({ shown: { product, tag }, reload }: { shown: Shown; reload(): Promise<void> }) => {
  const [name, setName] = useState(product.name);
  const [description, setDescription] = useState(product.description);
  const body = {
    ...(name !== product.name && { name }),
    ...(description !== product.description && { description }),
  };
  const change: ApiRequest = {
    method: "PUT",
    path: fleetPath(""),
    body,
    headers: tag === undefined ? {} : { "If-Match": tag },
  };
  return (
    <Card title="Product">
      <Form
        submit="Save"
        actions={<Curl action="Change the product" request={change} />}
        onSubmit={async () => {
          if (Object.keys(body).length > 0) await request(change);
          await reload();
          toast("Saved.");
        }}
      >
        <Field
          label="Name"
          value={name}
          required
          maxLength={64}
          hint="The slug changes with the name, the number stays."
          onInput={setName}
        />
        <Area label="Description" value={description} onInput={setDescription} />
      </Form>
    </Card>
  );
};
