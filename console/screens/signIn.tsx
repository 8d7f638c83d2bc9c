import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/apiError.ts";
import { session } from "../api/credentials.ts";
import { signIn } from "../api/session.ts";
import { Button } from "../ui/button.tsx";
import { Field } from "../ui/field.tsx";
import { Form } from "../ui/form.tsx";
import { Problem } from "../ui/problem.tsx";
import { ForgotPassword } from "./forgotPassword.tsx";

/** The form to sign in. After it, the screen of the URL opens. */
export const SignIn = ({ problem }: { problem: unknown }) => {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [otp, setOtp] = useState("");
  const [mfaToken, setMfaToken] = useState<string>();
  const [isForgotten, setForgotten] = useState(false);
  useEffect(() => {
    document.title = "Sign in · Godwit";
  }, []);

  const submit = async (): Promise<void> => {
    try {
      const second = mfaToken === undefined ? {} : { otp, mfa_token: mfaToken };
      await signIn({ username, password, ...second });
    } catch (error) {
      const token = error instanceof ApiError ? error.details.mfa_token : undefined;
      if (typeof token !== "string" || mfaToken !== undefined) throw error;
      setMfaToken(token);
    }
  };

  const now = session.value;
  return (
    <main class="signin">
      <div>
        <h1>{isForgotten ? "Choose a new password" : "Sign in to Godwit"}</h1>
        {now.state === "signed-out" && now.isExpired && (
          <p role="status">Your session has ended. Sign in again to continue.</p>
        )}
        {problem !== undefined && <Problem error={problem} />}
        {isForgotten ? (
          <ForgotPassword username={username} onDone={() => setForgotten(false)} />
        ) : (
          <Form
            submit="Sign in"
            actions={<Button onClick={() => setForgotten(true)}>Forgot your password?</Button>}
            onSubmit={submit}
          >
            <Field
              label="Name"
              value={username}
              autocomplete="username"
              required
              onInput={setUsername}
            />
            <Field
              label="Password"
              type="password"
              value={password}
              autocomplete="current-password"
              required
              onInput={setPassword}
            />
            {mfaToken !== undefined && (
              <Field
                label="One-time password"
                hint="From your authenticator app, or a recovery code."
                value={otp}
                autocomplete="one-time-code"
                required
                onInput={setOtp}
              />
            )}
          </Form>
        )}
      </div>
    </main>
  );
};
