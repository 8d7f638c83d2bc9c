import { integrationPath } from "../../api/fleet.ts";
import type { LedgerBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { number, plural } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { DeliveryChart } from "../series/deliveryChart.tsx";
import { type SeriesBody, seriesRequest } from "../series/deliverySeries.ts";

const renewMs = 15_000;
const hoursShown = 24;

/** The outcome of every delivery of the last day. */
export const Ledger = ({ integration }: { integration: string }) => {
  const show = { method: "GET", path: integrationPath(integration, "/ledger") } as const;
  const { data, error, reload } = useLoaded(
    integration,
    (signal) => request<LedgerBody>(show, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Last 24 hours" actions={<Curl action="Show the ledger" request={show} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && <Balance ledger={data} />}
      <ByHour integration={integration} />
    </Card>
  );
};

const ByHour = ({ integration }: { integration: string }) => {
  const { data } = useLoaded(
    integration,
    (signal) => request<SeriesBody>(seriesRequest(hoursShown, { integration }), signal),
    { everyMs: renewMs },
  );
  return data === undefined ? null : <DeliveryChart series={data} />;
};

const Balance = ({ ledger }: { ledger: LedgerBody }) => (
  <>
    <p>
      {ledger.balanced ? (
        <Status kind="good">Every delivery is accounted for</Status>
      ) : (
        <Status kind="bad">{`${plural(ledger.missing, "delivery", "deliveries")} missing`}</Status>
      )}
    </p>
    <Facts
      facts={[
        ["Matching events", number(ledger.matched)],
        ["Delivered", number(ledger.delivered)],
        ["Waiting for a retry", number(ledger.waiting)],
        ["Dead letters", number(ledger.dead)],
        ["Discarded", number(ledger.discarded)],
        ["Failed attempts", number(ledger.failed_attempts)],
      ]}
    />
    <p class="hint">A delivery is counted within about a minute.</p>
  </>
);
