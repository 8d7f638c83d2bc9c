import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { request } from "../../api/request.ts";
import { renewSession } from "../../api/session.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import { OwnPassword } from "./ownPassword.tsx";

/** Changes the e-mail address of the user, which is their name. */
export const ChangeAddress = ({ username }: { username: string }) => {
  const [address, setAddress] = useState("");
  const [password, setPassword] = useState("");
  const [pending, setPending] = useState<string>();
  const change = (current: string): ApiRequest => ({
    method: "PUT",
    path: "/v1/user",
    body: { username: address, current_password: current },
  });
  return (
    <Card title="E-mail address">
      <p>
        You sign in as <Text value={username} max={100} />.
      </p>
      <p role="status">
        {pending !== undefined && (
          <>
            A mail with a token is sent to <Text value={pending} max={100} />. The address changes
            when you confirm it.
          </>
        )}
      </p>
      <Form
        submit="Change the address"
        actions={<Curl action="Change the address" request={change("CURRENT-PASSWORD")} />}
        onSubmit={async () => {
          const { pending_username: to } = await request<{ pending_username?: string }>(
            change(password),
          );
          setPending(to);
          setPassword("");
        }}
      >
        <Field
          label="New e-mail address"
          value={address}
          required
          maxLength={200}
          onInput={setAddress}
        />
        <OwnPassword label="Password" value={password} required onInput={setPassword} />
      </Form>
      <Confirmation />
    </Card>
  );
};

/** Confirms the new address with the token of the mail. */
const Confirmation = () => {
  const [token, setToken] = useState("");
  const body = { token: token.trim() };
  const confirm: ApiRequest = { method: "PUT", path: "/v1/user/change-address", body };
  return (
    <Form
      submit="Confirm the address"
      actions={
        <Curl action="Confirm the address" request={{ ...confirm, body: { token: "TOKEN" } }} />
      }
      onSubmit={async () => {
        const { username } = await request<{ username: string }>(confirm);
        toast(`You now sign in as ${username}.`);
        await renewSession();
      }}
    >
      <Field
        label="Token of the mail"
        value={token}
        required
        autocomplete="off"
        onInput={setToken}
      />
    </Form>
  );
};
