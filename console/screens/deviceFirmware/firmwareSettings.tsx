import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { ProductDeviceBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";

interface Props {
  readonly device: ProductDeviceBody;
  reload(): Promise<void>;
}

/** The groups of a device, its lock to a version, and whether it is for development. */
export const FirmwareSettings = ({ device, reload }: Props) => {
  const { desired_firmware_version: locked, targeted_firmware_release_version: target } = device;
  return (
    <Card
      title="Firmware and groups"
      actions={
        <>
          <Lock device={device} reload={reload} />
          <Development device={device} reload={reload} />
        </>
      }
    >
      <Facts
        facts={[
          ["Should run", versionLink(target, "no version is released for it")],
          ["Locked to", versionLink(locked, "not locked")],
          ["Development device", device.development ? "yes: no release changes it" : "no"],
        ]}
      />
      <GroupsOfDevice key={device.groups.join()} device={device} reload={reload} />
    </Card>
  );
};

const versionLink = (version: number | null, none: string) =>
  version === null ? (
    <span class="muted">{none}</span>
  ) : (
    <a href={urlOf(`/firmware/${version}`)}>version {version}</a>
  );

const changeOf = (device: ProductDeviceBody, body: object): ApiRequest => ({
  method: "PUT",
  path: devicePath(device.id),
  body,
});

const Lock = ({ device, reload }: Props) => {
  const [version, setVersion] = useState("");
  const [isNow, setNow] = useState(false);
  const isLocked = device.desired_firmware_version !== null;
  const change = changeOf(
    device,
    isLocked
      ? { desired_firmware_version: null }
      : { desired_firmware_version: Number(version), ...(isNow && { flash: true }) },
  );
  return (
    <Confirm
      action={isLocked ? "Unlock" : "Lock"}
      title={isLocked ? "Unlock this device?" : "Lock this device to a version?"}
      kind="primary"
      request={change}
      run={async () => {
        await request(change);
        await reload();
        toast(isLocked ? "The device is unlocked." : `The device is locked to version ${version}.`);
      }}
    >
      {isLocked ? (
        <p>The next release for its groups or for the product reaches the device again.</p>
      ) : (
        <>
          <p>Releases of other versions exclude the device until you unlock it.</p>
          <Field label="Version" value={version} required maxLength={5} onInput={setVersion} />
          <label class="check">
            <input
              type="checkbox"
              checked={isNow}
              onChange={(event) => setNow(event.currentTarget.checked)}
            />
            Install it now: the device restarts
          </label>
        </>
      )}
    </Confirm>
  );
};

const Development = ({ device, reload }: Props) => {
  const development = !device.development;
  const change = changeOf(device, { development });
  return (
    <Confirm
      action={development ? "Development" : "End development"}
      title={
        development ? "Make it a development device?" : "Is it no development device any more?"
      }
      kind="primary"
      request={change}
      run={async () => {
        await request(change);
        await reload();
        toast("Saved.");
      }}
    >
      <p>
        {development
          ? "No release changes the firmware of a development device. Its lock has no effect."
          : "The firmware that is released for the device is offered to it again."}
      </p>
    </Confirm>
  );
};

const GroupsOfDevice = ({ device, reload }: Props) => {
  const [text, setText] = useState(device.groups.join(", "));
  const groups = text.split(/[\s,]+/).filter(Boolean);
  const change = changeOf(device, { groups });
  return (
    <Form
      submit="Save the groups"
      actions={<Curl action="Change the groups" request={change} />}
      onSubmit={async () => {
        await request(change);
        await reload();
        toast("Saved.");
      }}
    >
      <Field
        label="Groups"
        value={text}
        hint="Separated by commas, at most 10. A group that does not exist is created."
        onInput={setText}
      />
    </Form>
  );
};
