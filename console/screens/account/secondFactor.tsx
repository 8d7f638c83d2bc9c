import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { request } from "../../api/request.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Status } from "../../ui/status.tsx";
import { Block } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import { type Enrolment, EnrolSecondFactor } from "./enrolSecondFactor.tsx";
import { OwnPassword } from "./ownPassword.tsx";

interface Props {
  readonly isEnabled: boolean;
  reload(): Promise<void>;
}

const start = { method: "GET", path: "/v1/user/mfa-enable" } as const;

/** The second factor of the user: an authenticator app. */
export const SecondFactor = ({ isEnabled, reload }: Props) => {
  const [enrolment, setEnrolment] = useState<Enrolment>();
  const [codes, setCodes] = useState<readonly string[]>();
  return (
    <Card title="Second factor">
      <p>
        <Status kind={isEnabled ? "good" : "off"}>{isEnabled ? "enabled" : "not enabled"}</Status>{" "}
        With it, a sign-in also needs a one-time password of an authenticator app.
      </p>
      <div class="actions">
        {isEnabled && <Disable reload={reload} />}
        {!isEnabled && (
          <>
            <Button onClick={async () => setEnrolment(await request<Enrolment>(start))}>
              Enable…
            </Button>
            <Curl action="Start the enrolment" request={start} />
          </>
        )}
      </div>
      {enrolment !== undefined && (
        <Dialog title="Enable the second factor" onClose={() => setEnrolment(undefined)}>
          <EnrolSecondFactor
            enrolment={enrolment}
            onDone={async (made) => {
              setEnrolment(undefined);
              setCodes(made);
              await reload();
            }}
          />
        </Dialog>
      )}
      {codes !== undefined && (
        <Dialog title="Recovery codes" onClose={() => setCodes(undefined)}>
          <p>
            <strong>They are shown only now.</strong> Each one replaces the authenticator app once.
            Keep them where you can reach them without it.
          </p>
          <Block label="Recovery codes" value={codes.join("\n")} />
          <div class="actions end">
            <Copy text={codes.join("\n")} />
          </div>
        </Dialog>
      )}
    </Card>
  );
};

const Disable = ({ reload }: Pick<Props, "reload">) => {
  const [password, setPassword] = useState("");
  const disable = (current: string): ApiRequest => ({
    method: "PUT",
    path: "/v1/user/mfa-disable",
    body: { current_password: current },
  });
  return (
    <Confirm
      action="Disable"
      title="Disable the second factor?"
      request={disable("CURRENT-PASSWORD")}
      run={async () => {
        await request(disable(password));
        setPassword("");
        await reload();
        toast("The second factor is disabled.");
      }}
    >
      <p>
        A sign-in then needs only the password. The recovery codes are no longer valid, and the
        entry in the authenticator app no longer works.
      </p>
      <OwnPassword label="Your password" value={password} onInput={setPassword} />
    </Confirm>
  );
};
