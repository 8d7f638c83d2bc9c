import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { VitalsBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Chart } from "../../ui/chart.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Select } from "../../ui/field.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { numberAt, vitalRows } from "./vitalRows.ts";

const renewMs = 60_000;

/** The latest vitals of a device, and each one over time. */
export const DeviceVitals = ({ device }: { device: string }) => {
  const path = fleetPath(`/diagnostics/${encodeURIComponent(device)}`);
  const list: ApiRequest = { method: "GET", path, query: { limit: 100 } };
  const ask: ApiRequest = { method: "POST", path: `${path}/update`, body: {} };
  const { data, error, reload } = useLoaded(
    path,
    (signal) => request<{ diagnostics: readonly VitalsBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  const [latest] = data?.diagnostics ?? [];
  return (
    <Card
      title="Vitals"
      actions={
        <>
          <Curl action="List vitals" request={list} />
          <Button
            onClick={async () => {
              await request(ask);
              toast("The device was asked for its vitals.");
              await reload();
            }}
          >
            Ask now
          </Button>
          <Curl action="Ask for vitals" request={ask} />
        </>
      }
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && latest === undefined && (
        <p class="muted">The device has published no vitals in 30 days.</p>
      )}
      {data !== undefined && latest !== undefined && (
        <>
          <p class="muted">
            Published <Ago at={latest.updated_at} />
          </p>
          <Table
            label="Latest vitals"
            rows={vitalRows(latest.payload.device)}
            keyOf={({ name }) => name}
            columns={[
              { title: "Vital", cell: ({ name }) => <Text value={name} max={100} /> },
              { title: "Value", cell: ({ value }) => <Text value={value} max={100} /> },
            ]}
          />
          <History vitals={data.diagnostics} />
        </>
      )}
    </Card>
  );
};

const History = ({ vitals }: { vitals: readonly VitalsBody[] }) => {
  const [chosen, setChosen] = useState<string>();
  const oldestFirst = vitals.toReversed();
  const names = vitalRows(vitals[0]?.payload.device)
    .map(({ name }) => name)
    .filter((each) => numberAt(vitals[0]?.payload.device, each) !== undefined);
  const name = chosen ?? names[0];
  if (name === undefined || vitals.length < 2) return null;
  const points = oldestFirst.flatMap(({ updated_at: at, payload }) => {
    const value = numberAt(payload.device, name);
    return value === undefined ? [] : [{ at, value }];
  });
  return (
    <>
      <Select
        label="History of"
        value={name}
        options={names.map((each) => [each, visible(each).slice(0, 80)])}
        onChange={setChosen}
      />
      <Chart
        label={`${visible(name).slice(0, 80)} over time`}
        times={points.map(({ at }) => Date.parse(at) / 1_000)}
        lines={[{ name: "Value", values: points.map(({ value }) => value), color: "--accent" }]}
      />
      <details>
        <summary>Show as a table</summary>
        <Table
          label="History of the vital"
          rows={points.toReversed()}
          keyOf={({ at }) => at}
          columns={[
            { title: "When", cell: ({ at }) => <Ago at={at} /> },
            { title: "Value", isNumber: true, cell: ({ value }) => value },
          ]}
        />
      </details>
    </>
  );
};
