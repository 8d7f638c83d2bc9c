import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { devicePath } from "../../api/fleet.ts";
import type { DeviceDetailsBody, VariableBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { preciseTime } from "../../ui/format.ts";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";

/** The variables that the device reports. A value is read on request: it asks the device. */
export const DeviceVariables = ({ device }: { device: DeviceDetailsBody }) => {
  const variables = Object.entries(device.variables);
  return (
    <Card title="Variables">
      {variables.length === 0 ? (
        <Empty title="The device has not reported variables.">
          <p>A device reports its variables in its hello message when it connects.</p>
        </Empty>
      ) : (
        <Table
          label="Variables"
          rows={variables}
          keyOf={([name]) => name}
          columns={[
            { title: "Name", cell: ([name]) => <Text value={name} max={64} /> },
            { title: "Type", cell: ([, type]) => <Text value={type} max={20} /> },
            {
              title: "Value",
              cell: ([name]) => <Value device={device.id} name={name} />,
            },
          ]}
        />
      )}
    </Card>
  );
};

const Value = ({ device, name }: { device: string; name: string }) => {
  const [read, setRead] = useState<{ value: string; at: number }>();
  const get: ApiRequest = {
    method: "GET",
    path: devicePath(device, `/${encodeURIComponent(name)}`),
  };
  return (
    <div class="actions">
      <Button
        label={`Read ${visible(name)}`}
        onClick={async () => {
          const { result } = await request<VariableBody>(get);
          setRead({ value: String(result), at: Date.now() });
        }}
      >
        Read
      </Button>
      <Curl action={`Read ${visible(name)}`} request={get} />
      <output aria-live="polite">
        {read !== undefined && (
          <>
            <strong>
              <Text value={read.value} />
            </strong>{" "}
            <span class="muted">at {preciseTime(read.at)}</span>
          </>
        )}
      </output>
    </div>
  );
};
