import type { ApiRequest } from "../../api/apiRequest.ts";
import { urlOfRequest } from "../../api/apiUrl.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { UsageBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Chart } from "../../ui/chart.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Facts } from "../../ui/facts.tsx";
import { number } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { daysOf } from "./daysOf.ts";
import { Limits } from "./limits.tsx";
import { UsageNotices } from "./notices.tsx";
import { TopDevices, UsageTable } from "./usageTables.tsx";

const renewMs = 60_000;

/** What the devices of the fleet have used in 30 days, and what it costs. */
export const Usage = () => {
  const show: ApiRequest = { method: "GET", path: fleetPath("/usage"), query: { by: "day" } };
  const table: ApiRequest = { ...show, query: { by: "device", format: "csv" } };
  const { data, error, reload } = useLoaded(
    product.value ?? "",
    (signal) => request<UsageBody>(show, signal),
    { everyMs: renewMs },
  );
  return (
    <Screen
      title="Usage"
      actions={
        <>
          <Curl action="Show the usage" request={show} />
          <a class="button" href={urlOfRequest(table).href} download="usage.csv">
            Export devices (CSV)
          </a>
        </>
      }
    >
      {data === undefined ? (
        <LoadState data={data} error={error} reload={reload} />
      ) : (
        <>
          {error !== undefined && <Problem error={error} onRetry={reload} />}
          <Summary usage={data} />
          <ByDay usage={data} />
          <Limits />
          <UsageNotices fleet={data.fleet} />
          <TopDevices devices={data.top_devices ?? []} />
        </>
      )}
    </Screen>
  );
};

const smallest = 0.0001;

const dollars = (amount: number): string =>
  amount > 0 && amount < smallest
    ? `less than $${smallest}`
    : `$${amount.toFixed(amount < 1 ? 4 : 2)}`;

const Summary = ({ usage: { total, forecast, showback } }: { usage: UsageBody }) => (
  <Card title="The last 30 days">
    <Facts
      facts={[
        ["Data operations", <strong key="operations">{number(total.operations)}</strong>],
        ["Events", `${number(total.publishes)} (and ${number(total.free_events)} that are free)`],
        ["Calls", number(total.functions + total.variables)],
        ["Deliveries to integrations", number(total.deliveries)],
        ["At list prices of AWS", dollars(showback.dollars)],
        ...(forecast === undefined
          ? []
          : [
              ["This month so far", number(forecast.operations)] as const,
              [
                `Expected until ${forecast.month_ends.slice(0, 10)}`,
                number(forecast.expected_operations),
              ] as const,
            ]),
      ]}
    />
    <p class="hint">
      Deliveries to subscribing devices are not counted: the broker makes them by itself.
    </p>
  </Card>
);

const ByDay = ({ usage }: { usage: UsageBody }) => {
  const { steps = [] } = usage;
  if (steps.length === 0) {
    return (
      <Empty title="No device has used anything in 30 days.">
        <p>
          Each event and each call of a device is a data operation. A minute is counted within two
          minutes of its end. <a href={urlOf("/devices/new")}>Provision a device</a> to publish the
          first event.
        </p>
      </Empty>
    );
  }
  const days = daysOf(usage);
  const total = steps.reduce((sum, { operations }) => sum + operations, 0);
  return (
    <Card title="By day (UTC)">
      <Chart
        label={`Data operations by day: ${number(total)}`}
        times={days.map(({ at }) => at)}
        lines={[
          {
            name: "Data operations",
            values: days.map(({ operations }) => operations),
            color: "--accent",
          },
        ]}
      />
      <details>
        <summary>Show as a table</summary>
        <UsageTable steps={steps.toReversed()} />
      </details>
    </Card>
  );
};
