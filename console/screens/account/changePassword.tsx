import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { request } from "../../api/request.ts";
import { renewSession, signIn } from "../../api/session.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";
import { OwnPassword } from "./ownPassword.tsx";

/** The same without the passwords, for its `curl`. */
const withoutPasswords = { password: "NEW-PASSWORD", current_password: "CURRENT-PASSWORD" };

/** Changes the password of the user. */
export const ChangePassword = ({ username }: { username: string }) => {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const [ends, setEnds] = useState(false);
  const change = (passwords: typeof withoutPasswords): ApiRequest => ({
    method: "PUT",
    path: "/v1/user",
    body: { ...passwords, ...(ends && { invalidate_tokens: true }) },
  });
  return (
    <Card title="Password">
      <Form
        submit="Change the password"
        actions={<Curl action="Change the password" request={change(withoutPasswords)} />}
        onSubmit={async () => {
          if (password !== repeated) throw new Error("The new passwords are not the same.");
          await request(change({ password, current_password: current }));
          // The new password has ended this session too.
          await signIn({ username, password }).catch(renewSession);
          toast("The password is changed. Other browsers are signed out.");
          for (const clear of [setCurrent, setPassword, setRepeated]) clear("");
        }}
      >
        {/* For password managers. */}
        <input type="hidden" name="username" autocomplete="username" value={username} />
        <OwnPassword label="Current password" value={current} required onInput={setCurrent} />
        <Field
          label="New password"
          type="password"
          autocomplete="new-password"
          value={password}
          required
          hint="At least 8 characters."
          onInput={setPassword}
        />
        <Field
          label="New password again"
          type="password"
          autocomplete="new-password"
          value={repeated}
          required
          onInput={setRepeated}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={ends}
            onChange={(event) => setEnds(event.currentTarget.checked)}
          />
          Also revoke all access tokens: programs that use one stop working
        </label>
      </Form>
    </Card>
  );
};
