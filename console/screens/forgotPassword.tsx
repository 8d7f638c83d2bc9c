import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiRequest } from "../api/apiRequest.ts";
import { request } from "../api/request.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { toast } from "../ui/toast.tsx";

const path = "/v1/user/password-reset";

interface Props {
  readonly username: string;
  onDone(): void;
}

/** Sets a new password with the token of a mail. All sessions of the user end. */
export const ForgotPassword = ({ username: known, onDone }: Props) => {
  const [username, setUsername] = useState(known);
  const [step, setStep] = useState<"order" | "sent" | "has-token">("order");
  const back = <Button onClick={onDone}>Back</Button>;
  if (step !== "order") {
    return (
      <NewPassword sentTo={step === "sent" ? username : undefined} onDone={onDone} back={back} />
    );
  }
  const order: ApiRequest = { method: "POST", path, body: { username } };
  return (
    <Form
      submit="Send the mail"
      actions={
        <>
          <Button onClick={() => setStep("has-token")}>I have a token</Button>
          {back}
        </>
      }
      onSubmit={async () => {
        await request(order);
        setStep("sent");
      }}
    >
      <p>You get a mail with a token, if your name is the address of an account.</p>
      <Field label="Name" value={username} autocomplete="username" required onInput={setUsername} />
    </Form>
  );
};

interface NewPasswordProps extends Pick<Props, "onDone"> {
  /** The user for whom a mail was ordered on this page. */
  readonly sentTo: string | undefined;
  readonly back: ComponentChildren;
}

const NewPassword = ({ sentTo, onDone, back }: NewPasswordProps) => {
  const [token, setToken] = useState("");
  const [password, setPassword] = useState("");
  const reset: ApiRequest = { method: "PUT", path, body: { token: token.trim(), password } };
  return (
    <Form
      submit="Set the password"
      actions={back}
      onSubmit={async () => {
        await request(reset);
        toast("The password is set. Sign in with it.");
        onDone();
      }}
    >
      <p role="status">
        {sentTo !== undefined && `If ${sentTo} is an account, it gets a mail within a minute. `}
        The token of the newest mail is valid once, for an hour.
      </p>
      <Field label="Token" value={token} autocomplete="off" required onInput={setToken} />
      <Field
        label="New password"
        type="password"
        value={password}
        autocomplete="new-password"
        required
        hint="At least 8 characters."
        onInput={setPassword}
      />
    </Form>
  );
};
