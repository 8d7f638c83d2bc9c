import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { request } from "../../api/request.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Copy } from "../../ui/copy.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { toast } from "../../ui/toast.tsx";

/** Claims a device without an owner: one that was handed over, or released within 7 days. */
export const Claim = () => {
  const [id, setId] = useState("");
  const [code, setCode] = useState<string>();
  const [signature, setSignature] = useState("");
  const device = id.trim().toLowerCase();
  const proof = signature.replace(/\s/g, "");
  const isSigned = code !== undefined && proof !== "";
  const body = { id: device, ...(isSigned && { claim_code: code, signature: proof }) };
  const claim: ApiRequest = { method: "POST", path: "/v1/devices", body };
  return (
    <Card title="Claim a device">
      <p>
        A device that its owner has handed over to you needs a proof that you have it. A device that
        you have released yourself in the last 7 days needs its id only.
      </p>
      <Form
        submit="Claim"
        actions={<Curl action="Claim this device" request={claim} />}
        onSubmit={async () => {
          await request(claim);
          toast("The device is yours.");
          navigate(urlOf(`/devices/${device}`));
        }}
      >
        <Field
          label="Id of the device"
          value={id}
          required
          maxLength={40}
          placeholder="0123456789abcdef01234567"
          onInput={setId}
        />
        <ClaimCode code={code} onMade={setCode} />
        {code !== undefined && (
          <>
            <p>Give the code to the device, in one of two ways:</p>
            <ul>
              <li>
                The device reports it in its hello: the field <code>claim</code>, or the option{" "}
                <code>claimCode</code> of the Node.js client. Claim it when it has connected.
              </li>
              <li>
                Or sign the code with the key of the device, and paste the signature:{" "}
                <pre>{signCommand(device, code)}</pre>
              </li>
            </ul>
            <Area
              label="Signature (optional)"
              value={signature}
              isCode
              rows={3}
              hint="In base64."
              onInput={setSignature}
            />
          </>
        )}
      </Form>
    </Card>
  );
};

/** A command that proves the possession of a device's key. The id is 24 hex digits. */
const signCommand = (device: string, code: string): string => {
  const id = /^[0-9a-f]{24}$/.test(device) ? device : "ID";
  return `printf %s 'godwit-claim:${id}:${code}' | openssl dgst -sha256 -sign device-key.pem | openssl base64 -A`;
};

const ClaimCode = ({ code, onMade }: { code: string | undefined; onMade(code: string): void }) => {
  const create: ApiRequest = { method: "POST", path: "/v1/device_claims", body: {} };
  if (code !== undefined) {
    return (
      <p>
        Claim code, valid for an hour: <code>{code}</code> <Copy text={code} />
      </p>
    );
  }
  return (
    <div class="actions">
      <Button
        onClick={async () => {
          const { claim_code: made } = await request<{ claim_code: string }>(create);
          onMade(made);
        }}
      >
        Make a claim code
      </Button>
      <Curl action="Make a claim code" request={create} />
    </div>
  );
};
