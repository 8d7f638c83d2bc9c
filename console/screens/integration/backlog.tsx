import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Chart } from "../../ui/chart.tsx";
import { Curl } from "../../ui/curl.tsx";
import { number } from "../../ui/format.ts";
import { type SeriesBody, seriesRequest, timesOf, valuesOf } from "../series/deliverySeries.ts";

const renewMs = 60_000;
const hours = 72;

/** How many deliveries waited for an outcome in the last three days. */
export const Backlog = ({ integration }: { integration: string }) => {
  const show = seriesRequest(hours, { metric: "backlog", integration });
  const { data } = useLoaded(
    `backlog ${integration}`,
    (signal) => request<SeriesBody>(show, signal),
    { everyMs: renewMs },
  );
  if (data === undefined) return null;
  const values = valuesOf(data, "backlog");
  const largest = Math.max(0, ...values);
  if (largest === 0) return null;
  const text = `now ${number(values.at(-1) ?? 0)}, at most ${number(largest)} in three days`;
  return (
    <Card title="Backlog" actions={<Curl action="Show the backlog by time" request={show} />}>
      <Chart
        label={`Deliveries without an outcome: ${text}`}
        times={timesOf(data)}
        lines={[{ name: "Deliveries", values, color: "--bad" }]}
      />
      <p class="hint">Deliveries without an outcome at the end of each hour, estimated: {text}.</p>
    </Card>
  );
};
