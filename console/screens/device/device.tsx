import { devicePath } from "../../api/fleet.ts";
import type { DeviceDetailsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { type Loaded, useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { LaterDeviceFirmware } from "../later/later.tsx";
import { DeviceCertificate } from "./certificate.tsx";
import { DeviceCommands } from "./commands.tsx";
import { DeviceEvents } from "./deviceEvents.tsx";
import { DeviceFunctions } from "./functions.tsx";
import { DeviceHeartbeat } from "./heartbeat.tsx";
import { DeviceNotes } from "./notes.tsx";
import { DevicePresence } from "./presence.tsx";
import { DeviceRecoveries } from "./recoveries.tsx";
import { DeviceVariables } from "./variables.tsx";

const renewMs = 10_000;

/** One device: its state, and what a person does with it. */
export const Device = ({ parameters }: { parameters: Readonly<Record<string, string>> }) => {
  const { device: id = "" } = parameters;
  const show = { method: "GET", path: devicePath(id) } as const;
  const loaded = useLoaded(id, (signal) => request<DeviceDetailsBody>(show, signal), {
    everyMs: renewMs,
  });
  const { data, error, reload } = loaded;
  return (
    <Screen
      title={data?.name ?? id}
      up={{ url: urlOf("/devices"), name: "Devices" }}
      actions={<Curl action="Show this device" request={show} />}
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && <Parts device={data} reload={reload} />}
      {data === undefined && error === undefined && <p class="muted">Loading…</p>}
    </Screen>
  );
};

const Parts = ({
  device,
  reload,
}: { device: DeviceDetailsBody } & Pick<Loaded<DeviceDetailsBody>, "reload">) => (
  <>
    <Card title="State" actions={<DeviceCommands device={device} reload={reload} />}>
      <DeviceState device={device} />
    </Card>
    <div class="columns">
      <DeviceFunctions device={device} />
      <DeviceVariables device={device} />
    </div>
    <DeviceEvents device={device.id} />
    <LaterDeviceFirmware device={device} reload={reload} />
    <div class="columns">
      <DeviceNotes device={device} reload={reload} />
      <DeviceCertificate device={device} reload={reload} />
      <DevicePresence device={device.id} />
      <DeviceHeartbeat device={device.id} />
      <DeviceRecoveries device={device.id} />
    </div>
  </>
);

const DeviceState = ({ device }: { device: DeviceDetailsBody }) => {
  const { certificate } = device;
  return (
    <Facts
      facts={[
        [
          "Connection",
          device.online ? <Status kind="good">online</Status> : <Status kind="off">offline</Status>,
        ],
        ["Last heard", <Ago key="heard" at={device.last_heard} />],
        ["Last connected", <Ago key="connected" at={device.last_handshake_at} />],
        ["Address", device.last_ip_address ?? "unknown"],
        ["Firmware", <Text key="firmware" value={device.firmware ?? "not reported"} max={60} />],
        ["Id", <code key="id">{device.id}</code>],
        ["Owner", <Text key="owner" value={device.owner ?? "none"} />],
        ["Certificate", <CertificateState key="certificate" certificate={certificate} />],
      ]}
    />
  );
};

const CertificateState = ({ certificate }: Pick<DeviceDetailsBody, "certificate">) => {
  if (certificate === null) return <span class="muted">none</span>;
  const { status, expires_at } = certificate;
  return (
    <>
      <Status kind={status === "active" ? "good" : "bad"}>{status.replace("_", " ")}</Status>
      {expires_at !== null && (
        <span class="muted"> expires {new Date(expires_at).toLocaleDateString()}</span>
      )}
    </>
  );
};
