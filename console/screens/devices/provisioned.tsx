import { useState } from "preact/hooks";
import type { ProvisionedBody } from "../../api/replies.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Select } from "../../ui/field.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { CredentialFiles } from "./credentialFiles.tsx";
import { QrCode } from "./qrCode.tsx";
import { recipeNames, recipes } from "./recipes.ts";

/** What the device needs to connect. The private key is in this page only. */
export const Provisioned = ({ device }: { device: ProvisionedBody }) => (
  <>
    <KeyNotice device={device} />
    <Card
      title="Device"
      actions={
        <a class="button" href={urlOf(`/devices/${device.id}`)}>
          Open the device
        </a>
      }
    >
      <Facts
        facts={[
          ["Id", <code key="id">{device.id}</code>],
          ["Name", <Text key="name" value={device.name ?? "none"} />],
          ["Fleet", <code key="fleet">{device.fleet}</code>],
          [
            "Endpoints",
            device.endpoints.map(({ region, mqtt }) => `${mqtt} (${region})`).join(", "),
          ],
        ]}
      />
      <QrCode
        text={JSON.stringify({ id: device.id, fleet: device.fleet })}
        label="QR code with the id and the fleet of the device, for its label"
      />
    </Card>
    <Card title="Files">
      <CredentialFiles credentials={device} />
    </Card>
    <Connect device={device} />
  </>
);

const KeyNotice = ({ device }: { device: ProvisionedBody }) => {
  if (device.private_key !== undefined) {
    return (
      <p class="banner" role="status">
        <strong>The private key is shown only now.</strong> It is not stored. Save it before you
        leave this page; without it, rotate the certificate of the device.
      </p>
    );
  }
  if (device.repeated === undefined) return null;
  return (
    <p class="banner" role="status">
      An earlier request has made this device, and its answer was lost with the private key. Rotate
      the certificate of the device to get a new key.
    </p>
  );
};

const Connect = ({ device }: { device: ProvisionedBody }) => {
  const [name, setName] = useState<(typeof recipeNames)[number]>(recipeNames[0]);
  const text = recipes[name](device);
  return (
    <Card title="Connect it">
      <Select
        label="With"
        value={name}
        options={recipeNames.map((each) => [each, each] as const)}
        onChange={(value) => setName(recipeNames.find((each) => each === value) ?? name)}
      />
      <Block label={`Commands for ${name}`} value={text} />
      <div class="actions">
        <Copy text={text} />
        <a href={urlOf("/events")}>Watch its first event</a>
      </div>
    </Card>
  );
};
