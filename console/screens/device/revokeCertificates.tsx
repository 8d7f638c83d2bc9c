import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { DeviceDetailsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { plural } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly device: DeviceDetailsBody;
  reload(): Promise<void>;
}

interface RevocationPlan {
  readonly certificates: readonly string[];
  readonly regions: readonly string[];
}

/** Revokes all certificates of the device, with the plan first. */
export const RevokeCertificates = ({ device, reload }: Props) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button kind="danger" onClick={() => setOpen(true)}>
        Revoke…
      </Button>
      {isOpen && (
        <Dialog title="Revoke all certificates?" onClose={() => setOpen(false)}>
          <Planned device={device} reload={reload} onClose={() => setOpen(false)} />
        </Dialog>
      )}
    </>
  );
};

const Planned = ({ device, reload, onClose }: Props & { onClose(): void }) => {
  const path = devicePath(device.id, "/certificate/revoke");
  const revoke: ApiRequest = { method: "POST", path, body: {} };
  const {
    data,
    error,
    reload: plan,
  } = useLoaded(path, (signal) =>
    request<RevocationPlan>({ ...revoke, body: { plan: true } }, signal),
  );
  return (
    <>
      {error !== undefined && <Problem error={error} onRetry={plan} />}
      {data === undefined && error === undefined && <p>Reading the plan…</p>}
      {data !== undefined && (
        <p>
          {plural(data.certificates.length, "certificate")} in {data.regions.join(", ")}{" "}
          {data.certificates.length === 1 ? "ends" : "end"} permanently:{" "}
          <code>{data.certificates.join(", ")}</code>. The device loses its connection. It needs a
          new certificate, which a person must bring to it. This cannot be undone.
        </p>
      )}
      <div class="actions end">
        <Curl action="Revoke the certificates" request={revoke} />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          kind="danger"
          disabled={data === undefined}
          onClick={async () => {
            await request(revoke);
            await reload();
            toast("The certificates are revoked.");
            onClose();
          }}
        >
          Revoke
        </Button>
      </div>
    </>
  );
};
