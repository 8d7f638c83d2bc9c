import { useMemo, useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ProvisionedBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { product, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Claim } from "./claim.tsx";
import { Provisioned } from "./provisioned.tsx";

/** Creates a device with a certificate, and shows everything that it needs to connect. */
export const Provision = () => {
  const [made, setMade] = useState<ProvisionedBody>();
  return (
    <Screen title="Provision a device" up={{ url: urlOf("/devices"), name: "Devices" }}>
      {made === undefined ? <NewDevice onMade={setMade} /> : <Provisioned device={made} />}
      {made === undefined && product.value === undefined && <Claim />}
    </Screen>
  );
};

/** `randomUUID` exists only in secure contexts, and a machine may be reached by its name. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

const NewDevice = ({ onMade }: { onMade(device: ProvisionedBody): void }) => {
  const [name, setName] = useState("");
  const [csr, setCsr] = useState("");
  // A repeat after a lost answer returns the same device.
  const key = useMemo(newKey, [name, csr]);
  const body = {
    provision: true,
    ...(name !== "" && { name }),
    ...(csr.trim() !== "" && { csr: csr.trim() }),
  };
  const create: ApiRequest = {
    method: "POST",
    path: fleetPath("/devices"),
    headers: { "Idempotency-Key": key },
    body,
  };
  return (
    <Card title="New device">
      <Form
        submit="Provision"
        actions={<Curl action="Provision this device" request={{ ...create, headers: {} }} />}
        onSubmit={async () => onMade(await request<ProvisionedBody>(create))}
      >
        <Field
          label="Name (optional)"
          value={name}
          maxLength={64}
          placeholder="lamp"
          hint="Letters, digits, _, . and -; unique in the fleet."
          onInput={setName}
        />
        <details>
          <summary>The device has a key of its own</summary>
          <Area
            label="Certificate signing request (PEM)"
            value={csr}
            isCode
            rows={6}
            hint="Then the private key never leaves the device. Without it, a key is made and shown once."
            onInput={setCsr}
          />
        </details>
      </Form>
    </Card>
  );
};
