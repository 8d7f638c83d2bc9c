import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Block } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import type { Details } from "./details.ts";

interface Props {
  readonly details: Details;
  reload(): Promise<void>;
}

/** Changes of the integration as a whole. */
export const IntegrationCommands = ({ details, reload }: Props) => (
  <>
    <a class="button" href={urlOf(`/integrations/${encodeURIComponent(details.id)}/edit`)}>
      Edit
    </a>
    <Enable details={details} reload={reload} />
    {details.integration_type === "Webhook" && <RotateSecret details={details} />}
    <Remove details={details} />
  </>
);

const Enable = ({ details, reload }: Props) => {
  const enable: ApiRequest = {
    method: "POST",
    path: integrationPath(details.id, "/enable"),
    body: {},
  };
  const disable: ApiRequest = {
    method: "PATCH",
    path: integrationPath(details.id),
    body: { disabled: true },
  };
  const change = async (wanted: ApiRequest, done: string): Promise<void> => {
    await request(wanted);
    await reload();
    toast(done);
  };
  if (details.disabled) {
    return (
      <>
        <Button kind="primary" onClick={() => change(enable, "The integration is enabled.")}>
          Enable
        </Button>
        <Curl action="Enable" request={enable} />
      </>
    );
  }
  return (
    <Confirm
      action="Disable"
      title="Disable this integration?"
      request={disable}
      run={() => change(disable, "The integration is disabled.")}
    >
      <p>
        Events from now on are not delivered by this integration, and are not kept for it.
        Deliveries that wait for a retry become dead letters, which you can replay.
      </p>
    </Confirm>
  );
};

const RotateSecret = ({ details }: Pick<Props, "details">) => {
  const [secret, setSecret] = useState<string>();
  const rotate: ApiRequest = {
    method: "POST",
    path: integrationPath(details.id, "/signing-secret"),
    body: {},
  };
  return (
    <>
      <Confirm
        action="Rotate secret"
        kind="primary"
        title="Create a new signing secret?"
        request={rotate}
        run={async () => {
          const { signing_secret } = await request<{ signing_secret: string }>(rotate);
          setSecret(signing_secret);
        }}
      >
        <p>
          Requests are signed with both secrets for one day. After it, a server that knows only the
          former secret refuses them.
        </p>
      </Confirm>
      {secret !== undefined && (
        <Dialog title="New signing secret" onClose={() => setSecret(undefined)}>
          <p>
            <strong>It is shown only now.</strong>
          </p>
          <Block label="Signing secret" value={secret} />
          <div class="actions end">
            <Copy text={secret} />
          </div>
        </Dialog>
      )}
    </>
  );
};

const Remove = ({ details }: Pick<Props, "details">) => {
  const remove: ApiRequest = { method: "DELETE", path: integrationPath(details.id) };
  return (
    <Confirm
      action="Delete"
      title="Delete this integration?"
      request={remove}
      run={async () => {
        await request(remove);
        toast("The integration is deleted.");
        navigate(urlOf("/integrations"));
      }}
    >
      <p>
        Its settings, its secrets and its dead letters are lost, and deliveries that wait are
        discarded. To keep them, disable it instead.
      </p>
    </Confirm>
  );
};
