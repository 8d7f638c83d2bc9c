import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath, fleetPath } from "../../api/fleet.ts";
import type { DeviceDetailsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { navigate, product, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { toast } from "../../ui/toast.tsx";
import { MoveDevice } from "./moveDevice.tsx";

interface Props {
  readonly device: DeviceDetailsBody;
  reload(): Promise<void>;
}

/** Messages to the device, and changes of its access. */
export const DeviceCommands = ({ device, reload }: Props) => (
  <>
    <Ping device={device} />
    <Signal device={device} />
    <Quarantine device={device} reload={reload} />
    <MoveDevice device={device} />
    <Release device={device} />
    {product.value === undefined && <HandOver device={device} />}
  </>
);

const Ping = ({ device }: Pick<Props, "device">) => {
  const ping: ApiRequest = { method: "PUT", path: devicePath(device.id, "/ping"), body: {} };
  return (
    <>
      <Button
        onClick={async () => {
          const sentAt = performance.now();
          const { online } = await request<{ online: boolean }>(ping);
          const ms = Math.round(performance.now() - sentAt);
          toast(online ? `The device answered in ${ms} ms.` : "The device did not answer.");
        }}
      >
        Ping
      </Button>
      <Curl action="Ping" request={ping} />
    </>
  );
};

const Signal = ({ device }: Pick<Props, "device">) => {
  const [isOn, setOn] = useState(false);
  const path = devicePath(device.id);
  const change: ApiRequest = { method: "PUT", path, body: { signal: isOn ? "0" : "1" } };
  return (
    <>
      <Button
        onClick={async () => {
          await request(change);
          setOn(!isOn);
          toast(isOn ? "The device stops signalling." : "The device signals.");
        }}
      >
        {isOn ? "Stop signal" : "Signal"}
      </Button>
      <Curl action="Signal" request={change} />
    </>
  );
};

const Quarantine = ({ device, reload }: Props) => {
  const body = { quarantined: !device.quarantined };
  const change: ApiRequest = { method: "PUT", path: devicePath(device.id), body };
  const run = async (): Promise<void> => {
    await request(change);
    await reload();
    toast(body.quarantined ? "The device is quarantined." : "The device may connect again.");
  };
  if (device.quarantined) {
    return (
      <>
        <Button onClick={run}>End the quarantine</Button>
        <Curl action="End the quarantine" request={change} />
      </>
    );
  }
  return (
    <Confirm action="Quarantine" title="Quarantine this device?" request={change} run={run}>
      <p>
        The device loses its connection and cannot connect until you end the quarantine. It keeps
        its name, its owner and its certificate. Events that it has not sent stay on the device.
      </p>
    </Confirm>
  );
};

const Release = ({ device }: Pick<Props, "device">) => {
  const isInProduct = product.value !== undefined;
  const remove: ApiRequest = { method: "DELETE", path: fleetPath(`/devices/${device.id}`) };
  return (
    <Confirm
      action={isInProduct ? "Remove" : "Release"}
      title={isInProduct ? "Remove this device from the product?" : "Release this device?"}
      request={remove}
      run={async () => {
        await request(remove);
        toast(isInProduct ? "The device is removed." : "The device is released.");
        navigate(urlOf("/devices"));
      }}
    >
      {isInProduct ? (
        <p>The device leaves the product and returns to the user who claimed it.</p>
      ) : (
        <p>
          The device loses its name, its notes and its owner, and its certificate no longer works.
          You can take it back for 7 days by its id, <code>{device.id}</code>; then its certificate
          is revoked permanently.
        </p>
      )}
    </Confirm>
  );
};

const HandOver = ({ device }: Pick<Props, "device">) => {
  const remove: ApiRequest = {
    method: "DELETE",
    path: fleetPath(`/devices/${device.id}`),
    query: { keep_certificate: true },
  };
  return (
    <Confirm
      action="Hand over"
      title="Hand this device over to another user?"
      request={remove}
      run={async () => {
        await request(remove);
        toast("The device has no owner. Its next owner can claim it.");
        navigate(urlOf("/devices"));
      }}
    >
      <p>
        The device loses its name, its notes and its owner, and you cannot take it back. Its
        certificate keeps working: it connects, alone in a fleet of its own, and reaches no one. The
        next owner can claim it with a claim code, or with a signature of its key. Its id is{" "}
        <code>{device.id}</code>.
      </p>
    </Confirm>
  );
};
