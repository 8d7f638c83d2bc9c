import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { GroupBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import { InProduct } from "../firmware/inProduct.tsx";

/** The groups of devices of a product. */
export const Groups = () => (
  <InProduct title="Groups">
    <List />
  </InProduct>
);

const List = () => {
  const list: ApiRequest = { method: "GET", path: fleetPath("/groups") };
  const { data, error, reload } = useLoaded(list.path, (signal) =>
    request<{ groups: readonly GroupBody[] }>(list, signal),
  );
  return (
    <Screen title="Groups" actions={<Curl action="List groups" request={list} />}>
      <LoadState data={data} error={error} reload={reload} />
      {data?.groups.length === 0 && (
        <Empty title="There are no groups yet.">
          <p>A release can go to a group first, for example to the devices of your testers.</p>
        </Empty>
      )}
      {data !== undefined && data.groups.length > 0 && (
        <section class="card" aria-label="Groups">
          <Table
            label="Groups"
            rows={data.groups}
            keyOf={({ name }) => name}
            columns={[
              {
                title: "Name",
                cell: ({ name }) => (
                  <a href={urlOf(`/groups/${encodeURIComponent(name)}`)}>
                    <Text value={name} />
                  </a>
                ),
              },
              {
                title: "Description",
                cell: ({ description }) => <Text value={description ?? ""} />,
              },
              { title: "Firmware", cell: ({ fw_version: version }) => version ?? "–" },
              { title: "Color", cell: ({ color }) => <Text value={color ?? ""} max={32} /> },
            ]}
          />
        </section>
      )}
      <NewGroup reload={reload} />
    </Screen>
  );
};

const NewGroup = ({ reload }: { reload(): Promise<void> }) => {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const body = { name, ...(description !== "" && { description }) };
  const create: ApiRequest = { method: "POST", path: fleetPath("/groups"), body };
  return (
    <Card title="New group">
      <Form
        submit="Create"
        actions={<Curl action="Create this group" request={create} />}
        onSubmit={async () => {
          await request(create);
          setName("");
          setDescription("");
          await reload();
          toast(`The group ${name} is created.`);
        }}
      >
        <Field
          label="Name"
          value={name}
          required
          maxLength={64}
          hint="Lowercase letters, digits, - and _."
          onInput={setName}
        />
        <Field
          label="Description (optional)"
          value={description}
          maxLength={500}
          onInput={setDescription}
        />
      </Form>
    </Card>
  );
};
