import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { number } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { DeliveryChart } from "../series/deliveryChart.tsx";
import { type SeriesBody, seriesRequest, sum, valuesOf } from "../series/deliverySeries.ts";

const renewMs = 30_000;
const day = 24;

/** The deliveries of the last two days, and what has changed since yesterday. */
export const Delivery = () => {
  const show = seriesRequest(2 * day);
  const { data, error, reload } = useLoaded(
    product.value ?? "",
    (signal) => request<SeriesBody>(seriesRequest(2 * day), signal),
    { everyMs: renewMs },
  );
  return (
    <Card
      title="Deliveries"
      actions={
        <>
          <Curl action="Show deliveries by time" request={show} />
          <a href={urlOf("/integrations")}>All integrations</a>
        </>
      }
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && (
        <>
          <Comparison series={data} />
          <p class="hint">A delivery is counted within about a minute.</p>
          <DeliveryChart series={data} />
        </>
      )}
    </Card>
  );
};

const names = [
  ["delivered", "Delivered"],
  ["failed", "Failed attempts"],
  ["waiting", "Waiting for a retry"],
  ["dead", "Dead letters"],
] as const;

/** The last 24 hours beside the 24 hours before. */
const Comparison = ({ series }: { series: SeriesBody }) => (
  <Facts
    facts={names.map(([name, title]) => {
      const values = valuesOf(series, name);
      const before = sum(values.slice(0, -day));
      return [
        title,
        <span key={name}>
          <strong>{number(sum(values.slice(-day)))}</strong>{" "}
          <span class="muted">({number(before)} the day before)</span>
        </span>,
      ] as const;
    })}
  />
);
