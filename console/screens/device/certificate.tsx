import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { DeviceDetailsBody, RotatedBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Area, Select } from "../../ui/field.tsx";
import { wholeTime } from "../../ui/format.ts";
import { Status } from "../../ui/status.tsx";
import { toast } from "../../ui/toast.tsx";
import { CredentialFiles } from "../devices/credentialFiles.tsx";
import { RevokeCertificates } from "./revokeCertificates.tsx";

interface Props {
  readonly device: DeviceDetailsBody;
  reload(): Promise<void>;
}

/** The certificate of the device: its validity, its replacement and its end. */
export const DeviceCertificate = ({ device, reload }: Props) => {
  const { certificate } = device;
  return (
    <Card
      title="Certificate"
      actions={
        <>
          <Rotate device={device} reload={reload} />
          {certificate !== null && certificate.next !== null && (
            <ConfirmNext device={device} reload={reload} />
          )}
          <RevokeCertificates device={device} reload={reload} />
        </>
      }
    >
      {certificate === null ? (
        <p class="muted">No certificate is recorded.</p>
      ) : (
        <State certificate={certificate} />
      )}
    </Card>
  );
};

const at = (time: string | null): string => (time === null ? "–" : wholeTime(Date.parse(time)));

const State = ({
  certificate: { status, id, issued_at: issued, expires_at: expires, next },
}: {
  certificate: NonNullable<DeviceDetailsBody["certificate"]>;
}) => (
  <Facts
    facts={[
      [
        "State",
        <Status key="state" kind={status === "active" ? "good" : "bad"}>
          {status.replace("_", " ")}
        </Status>,
      ],
      ["Id", <code key="id">{id ?? "–"}</code>],
      ["Issued", at(issued)],
      ["Expires", expires === null ? "never" : at(expires)],
      ...(next === null
        ? []
        : ([
            ["Next certificate", <code key="next">{next.id ?? "–"}</code>],
            ["Both are valid until", at(next.overlap_until)],
          ] as const)),
    ]}
  />
);

const ways = [
  ["cloud", "the cloud makes it: save the files on the device"],
  ["device", "the device renews it itself: it must be online"],
] as const;

const overlaps = [
  ["24", "for a day"],
  ["168", "for a week"],
  ["0", "not at all: the old one ends at once"],
] as const;

const Rotate = ({ device, reload }: Props) => {
  const [by, setBy] = useState("cloud");
  const [overlap, setOverlap] = useState("24");
  const [csr, setCsr] = useState("");
  const [made, setMade] = useState<RotatedBody>();
  const body =
    by === "device"
      ? { by }
      : { overlap_hours: Number(overlap), ...(csr.trim() !== "" && { csr: csr.trim() }) };
  const path = devicePath(device.id, "/certificate/rotate");
  const rotate: ApiRequest = { method: "POST", path, body };
  return (
    <>
      <Confirm
        action="Rotate"
        kind="primary"
        title="Replace the certificate?"
        request={rotate}
        run={async () => {
          const reply = await request<RotatedBody | { readonly asked: true }>(rotate);
          if ("asked" in reply) toast("The device is asked to renew its certificate.");
          else setMade(reply);
          await reload();
        }}
      >
        <p>
          The device gets a new certificate. The old one is revoked when the device connects with
          the new one, and at the end of the overlap in any case. A device that does not have the
          new files by then loses access.
        </p>
        <Select label="New certificate" value={by} options={ways} onChange={setBy} />
        {by === "cloud" && (
          <>
            <Select
              label="The old certificate stays valid"
              value={overlap}
              options={overlaps}
              onChange={setOverlap}
            />
            <Area
              label="Certificate signing request (optional)"
              value={csr}
              isCode
              hint="In PEM, if the device has a key of its own. Otherwise a key is made and shown once."
              onInput={setCsr}
            />
          </>
        )}
      </Confirm>
      {made !== undefined && (
        <Dialog title="New certificate" onClose={() => setMade(undefined)}>
          {made.private_key !== undefined && (
            <p class="banner" role="status">
              <strong>The private key is shown only now.</strong> It is not stored.
            </p>
          )}
          <CredentialFiles credentials={made} />
        </Dialog>
      )}
    </>
  );
};

const ConfirmNext = ({ device, reload }: Props) => {
  const path = devicePath(device.id, "/certificate/confirm");
  const confirm: ApiRequest = { method: "POST", path, body: {} };
  return (
    <Confirm
      action="End the overlap"
      title="Revoke the former certificate now?"
      request={confirm}
      run={async () => {
        await request(confirm);
        await reload();
        toast("Only the new certificate is valid.");
      }}
    >
      <p>A device that still uses the former certificate loses its connection and its access.</p>
    </Confirm>
  );
};
