import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { request } from "../../api/request.ts";
import { Curl } from "../../ui/curl.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Block } from "../../ui/text.tsx";
import { QrCode } from "../devices/qrCode.tsx";

/** A started enrolment. Its secret is in this page only. */
export interface Enrolment {
  readonly mfa_token: string;
  readonly qr_url: string;
  readonly secret: string;
}

interface Props {
  readonly enrolment: Enrolment;
  onDone(recoveryCodes: readonly string[]): Promise<void>;
}

/** Completes the enrolment of an authenticator app with its first one-time password. */
export const EnrolSecondFactor = ({ enrolment, onDone }: Props) => {
  const [otp, setOtp] = useState("");
  const enable = (password: string): ApiRequest => ({
    method: "POST",
    path: "/v1/user/mfa-enable",
    body: { mfa_token: enrolment.mfa_token, otp: password },
  });
  return (
    <>
      <p>
        Scan this code with an authenticator app, or type the secret. It is valid for 10 minutes.
      </p>
      <QrCode text={enrolment.qr_url} label="QR code for an authenticator app" />
      <Block label="Secret for the authenticator app" value={enrolment.secret} />
      <Form
        submit="Enable"
        actions={<Curl action="Enable the second factor" request={enable("123456")} />}
        onSubmit={async () => {
          const { recovery_codes: codes } = await request<{ recovery_codes: readonly string[] }>(
            enable(otp),
          );
          await onDone(codes);
        }}
      >
        <Field
          label="One-time password"
          autocomplete="one-time-code"
          value={otp}
          required
          onInput={setOtp}
        />
      </Form>
    </>
  );
};
