import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { GroupBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { plural } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { toast } from "../../ui/toast.tsx";
import { InProduct } from "../firmware/inProduct.tsx";
import { Members } from "./members.tsx";

type Counted = GroupBody & { readonly device_count: number };

/** One group of devices: its description, its devices, and its end. */
export const Group = ({
  parameters: { group = "" },
}: {
  parameters: Readonly<Record<string, string>>;
}) => (
  <InProduct title="Groups">
    <One name={group} />
  </InProduct>
);

const One = ({ name }: { name: string }) => {
  const path = fleetPath(`/groups/${encodeURIComponent(name)}`);
  const show: ApiRequest = { method: "GET", path };
  const { data, error, reload } = useLoaded(path, (signal) =>
    request<{ group: Counted }>(show, signal),
  );
  return (
    <Screen
      title={name}
      up={{ url: urlOf("/groups"), name: "Groups" }}
      actions={
        <>
          <Curl action="Show this group" request={show} />
          {data !== undefined && <Remove group={data.group} />}
        </>
      }
    >
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <>
          <p>
            {plural(data.group.device_count, "device")}
            {data.group.fw_version !== null && ` · firmware version ${data.group.fw_version}`}
          </p>
          <Members group={name} onChange={reload} />
          <Change group={data.group} reload={reload} />
        </>
      )}
    </Screen>
  );
};

const Remove = ({ group: { name, device_count: count } }: { group: Counted }) => {
  const remove: ApiRequest = {
    method: "DELETE",
    path: fleetPath(`/groups/${encodeURIComponent(name)}`),
  };
  return (
    <Confirm
      action="Delete"
      title={`Delete the group ${name}?`}
      request={remove}
      run={async () => {
        await request(remove);
        toast(`The group ${name} is deleted.`);
        navigate(urlOf("/groups"));
      }}
    >
      <p>
        {plural(count, "device")} leave the group and stay in the product. Firmware that is released
        to the group is no longer meant for them: they get that of their other groups, or the
        default of the product.
      </p>
    </Confirm>
  );
};

const Change = ({ group, reload }: { group: Counted; reload(): Promise<void> }) => {
  const [name, setName] = useState(group.name);
  const [description, setDescription] = useState(group.description ?? "");
  const [color, setColor] = useState(group.color ?? "");
  const body = {
    ...(name !== group.name && { name }),
    ...(description !== (group.description ?? "") && { description }),
    ...(color !== (group.color ?? "") && { color }),
  };
  const path = fleetPath(`/groups/${encodeURIComponent(group.name)}`);
  const change: ApiRequest = { method: "PUT", path, body };
  return (
    <Card title="Name and description">
      <Form
        submit="Save"
        actions={<Curl action="Change this group" request={change} />}
        onSubmit={async () => {
          if (Object.keys(body).length > 0) await request(change);
          toast("Saved.");
          if (name === group.name) await reload();
          else navigate(urlOf(`/groups/${encodeURIComponent(name)}`));
        }}
      >
        <Field label="Name" value={name} required maxLength={64} onInput={setName} />
        <Field label="Description" value={description} maxLength={500} onInput={setDescription} />
        <Field
          label="Color"
          value={color}
          placeholder="#2ecc71"
          maxLength={32}
          onInput={setColor}
        />
      </Form>
    </Card>
  );
};
