import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { CalledBody, DeviceDetailsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Text } from "../../ui/text.tsx";

/** Bytes that an argument may have. */
const argumentCharsMax = 1_024;

/** The functions that the device reports, each with a box for its argument. */
export const DeviceFunctions = ({ device }: { device: DeviceDetailsBody }) => (
  <Card title="Functions">
    {device.functions.length === 0 ? (
      <Empty title="The device has not reported functions.">
        <p>A device reports its functions in its hello message when it connects.</p>
      </Empty>
    ) : (
      device.functions.map((name) => <OneFunction key={name} device={device.id} name={name} />)
    )}
  </Card>
);

const OneFunction = ({ device, name }: { device: string; name: string }) => {
  const [argument, setArgument] = useState("");
  const [result, setResult] = useState<string>();
  const path = devicePath(device, `/${encodeURIComponent(name)}`);
  const body = argument === "" ? {} : { args: argument };
  const call: ApiRequest = { method: "POST", path, body };
  return (
    <Form
      submit={`Call ${visible(name).slice(0, 40)}`}
      actions={
        <>
          <Curl action={`Call ${visible(name)}`} request={call} />
          <output aria-live="polite">
            {result !== undefined && (
              <>
                returned <strong>{<Text value={result} />}</strong>
              </>
            )}
          </output>
        </>
      }
      onSubmit={async () => {
        setResult(undefined);
        const { return_value } = await request<CalledBody>(call);
        setResult(String(return_value));
      }}
    >
      <Field
        label={`Argument of ${visible(name)}`}
        value={argument}
        maxLength={argumentCharsMax}
        onInput={setArgument}
      />
    </Form>
  );
};
