import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { ProductBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, urlInFleet } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Invitations } from "./invitations.tsx";
import { Offers } from "./offers.tsx";

const list = { method: "GET", path: "/v1/products" } as const;

/** The products that the user owns or works on. */
export const Products = () => {
  const { data, error, reload } = useLoaded("products", (signal) =>
    request<{ products: readonly ProductBody[] }>(list, signal),
  );
  return (
    <Screen title="Products" actions={<Curl action="List products" request={list} />}>
      <LoadState data={data} error={error} reload={reload} />
      {data?.products.length === 0 && (
        <Empty title="There are no products yet.">
          <p>
            A product is a fleet with a team: its devices, events and integrations are separate from
            your own, and several people can work on them.
          </p>
        </Empty>
      )}
      {data !== undefined && data.products.length > 0 && <List products={data.products} />}
      <Invitations reload={reload} />
      <Offers reload={reload} />
      <NewProduct />
    </Screen>
  );
};

const List = ({ products }: { products: readonly ProductBody[] }) => (
  <section class="card" aria-label="Products">
    <Table
      label="Products"
      rows={products}
      keyOf={({ id }) => String(id)}
      columns={[
        {
          title: "Name",
          cell: ({ id, name }) => (
            <a href={urlInFleet("/", String(id))}>
              <Text value={name} max={80} />
            </a>
          ),
        },
        { title: "Number", cell: ({ id }) => <code>{id}</code> },
        { title: "Your role", cell: ({ role }) => role ?? "–" },
        { title: "Owner", cell: ({ user }) => <Text value={user ?? "–"} max={80} /> },
        { title: "Description", cell: ({ description }) => <Text value={description ?? ""} /> },
      ]}
    />
  </section>
);

const NewProduct = () => {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const body = { name, ...(description !== "" && { description }) };
  const create: ApiRequest = { method: "POST", path: list.path, body };
  return (
    <Card title="New product">
      <Form
        submit="Create"
        actions={<Curl action="Create this product" request={create} />}
        onSubmit={async () => {
          const { product } = await request<{ product: ProductBody }>(create);
          navigate(urlInFleet("/", String(product.id)));
        }}
      >
        <Field label="Name" value={name} required maxLength={64} onInput={setName} />
        <Field label="Description (optional)" value={description} onInput={setDescription} />
      </Form>
    </Card>
  );
};
