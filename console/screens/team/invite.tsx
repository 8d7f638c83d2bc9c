import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Field, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";
import { roleOptions } from "./roles.tsx";

/** Invites a person to the product. */
export const Invite = ({ reload }: { reload(): Promise<void> }) => {
  const [username, setUsername] = useState("");
  const [role, setRole] = useState("developer");
  const invite: ApiRequest = {
    method: "POST",
    path: fleetPath("/team"),
    body: { username, role },
  };
  return (
    <Card title="Invite a person">
      <Form
        submit="Invite"
        actions={<Curl action="Invite this person" request={invite} />}
        onSubmit={async () => {
          await request(invite);
          setUsername("");
          await reload();
          toast("Invited. The invitation is open for 14 days.");
        }}
      >
        <Field
          label="E-mail address"
          value={username}
          required
          hint="The name of their account. They accept it after they have signed in."
          onInput={setUsername}
        />
        <Select label="Role" value={role} options={roleOptions} onChange={setRole} />
      </Form>
    </Card>
  );
};
