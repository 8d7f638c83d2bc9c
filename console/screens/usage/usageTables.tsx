import type { UsageBody } from "../../api/replies.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { number } from "../../ui/format.ts";
import { Table } from "../../ui/table.tsx";

type Steps = NonNullable<UsageBody["steps"]>;

/** What was counted, by day. */
export const UsageTable = ({ steps }: { steps: Steps }) => (
  <Table
    label="Usage by day"
    rows={steps}
    keyOf={({ at }) => at}
    columns={[
      { title: "Day", cell: ({ at }) => at.slice(0, 10) },
      { title: "Operations", isNumber: true, cell: (one) => number(one.operations) },
      { title: "Events", isNumber: true, cell: (one) => number(one.publishes) },
      { title: "Functions", isNumber: true, cell: (one) => number(one.functions) },
      { title: "Variables", isNumber: true, cell: (one) => number(one.variables) },
      { title: "Free events", isNumber: true, cell: (one) => number(one.free_events) },
      { title: "Deliveries", isNumber: true, cell: (one) => number(one.deliveries) },
    ]}
  />
);

/** The devices with the most data operations. */
export const TopDevices = ({ devices }: { devices: NonNullable<UsageBody["top_devices"]> }) => {
  if (devices.length === 0) return null;
  return (
    <Card title="Devices with the most operations">
      <Table
        label="Devices with the most operations"
        rows={devices}
        keyOf={({ device }) => device}
        columns={[
          {
            title: "Device",
            cell: ({ device }) => <a href={urlOf(`/devices/${device}`)}>{device}</a>,
          },
          { title: "Operations", isNumber: true, cell: (one) => number(one.operations) },
        ]}
      />
    </Card>
  );
};
