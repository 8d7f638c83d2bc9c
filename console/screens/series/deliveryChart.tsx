import { Chart } from "../../ui/chart.tsx";
import { number, shortTime } from "../../ui/format.ts";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { type SeriesBody, sum, timesOf, valuesOf } from "./deliverySeries.ts";

/** Delivered events and failed attempts by hour: as a chart and, on demand, as a table. */
export const DeliveryChart = ({ series }: { series: SeriesBody }) => {
  const times = timesOf(series);
  const delivered = valuesOf(series, "delivered");
  const failed = valuesOf(series, "failed");
  const rows = times
    .map((at, i) => ({ at, delivered: delivered[i] ?? 0, failed: failed[i] ?? 0 }))
    .filter((row) => row.delivered + row.failed > 0)
    .toReversed();
  return (
    <>
      <Chart
        label={`By hour: ${number(sum(delivered))} delivered, ${number(sum(failed))} failed attempts`}
        times={times}
        lines={[
          { name: "Delivered", values: delivered, color: "--good" },
          { name: "Failed attempts", values: failed, color: "--bad" },
        ]}
      />
      <p class="hint">
        <Status kind="good">delivered</Status> · <Status kind="bad">failed attempts</Status> · by
        hour
      </p>
      <details>
        <summary>Show as a table</summary>
        <Table
          label="Deliveries by hour"
          rows={rows}
          keyOf={({ at }) => String(at)}
          columns={[
            { title: "Hour", cell: ({ at }) => shortTime(at * 1_000) },
            { title: "Delivered", isNumber: true, cell: (row) => number(row.delivered) },
            { title: "Failed attempts", isNumber: true, cell: (row) => number(row.failed) },
          ]}
        />
      </details>
    </>
  );
};
