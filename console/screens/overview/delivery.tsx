import type {
  DayCountersBody,
  IntegrationBody,
  ListedBody,
} from "#shared/routes/integrationRoutes.ts";
import { fleetPath } from "../../api/fleet.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Empty } from "../../ui/empty.tsx";
import { number } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { readDetails } from "../integration/details.ts";

const renewMs = 30_000;
/** Integrations whose counters are read; the list has the others. */
const integrationsMax = 10;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly isDisabled: boolean;
  readonly days: readonly DayCountersBody[];
}

const isReadable = (listed: ListedBody): listed is IntegrationBody => !("unreadable" in listed);

const read = async (signal: AbortSignal): Promise<readonly Row[]> => {
  const list = { method: "GET", path: fleetPath("/integrations") } as const;
  const listed = await request<readonly ListedBody[]>(list, signal);
  return await Promise.all(
    listed
      .filter(isReadable)
      .slice(0, integrationsMax)
      .map(async ({ id, name, disabled }) => ({
        id,
        name,
        isDisabled: disabled,
        days: (await readDetails(id, signal)).counters,
      })),
  );
};

const day = (daysAgo: number): string =>
  new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

const share = (counters: DayCountersBody | undefined): string => {
  if (counters === undefined) return "–";
  const { success, dead } = counters;
  return success + dead === 0 ? "–" : `${((100 * success) / (success + dead)).toFixed(1)} %`;
};

/** The deliveries of today and yesterday (UTC), by integration. */
export const Delivery = () => {
  const { data, error, reload } = useLoaded(product.value ?? "", read, { everyMs: renewMs });
  const on = (row: Row, daysAgo: number) => row.days.find(({ date }) => date === day(daysAgo));
  return (
    <Card title="Deliveries" actions={<a href={urlOf("/integrations")}>All integrations</a>}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.length === 0 && (
        <Empty title="No integration delivers events yet.">
          <a href={urlOf("/integrations/new")}>Create the first integration</a>
        </Empty>
      )}
      {data !== undefined && data.length > 0 && (
        <Table
          label="Deliveries by integration"
          rows={data}
          keyOf={({ id }) => id}
          columns={[
            {
              title: "Integration",
              cell: ({ id, name }) => (
                <a href={urlOf(`/integrations/${id}`)}>
                  <Text value={name} max={80} />
                </a>
              ),
            },
            {
              title: "State",
              cell: ({ isDisabled }) =>
                isDisabled ? (
                  <Status kind="off">disabled</Status>
                ) : (
                  <Status kind="good">enabled</Status>
                ),
            },
            {
              title: "Delivered today",
              isNumber: true,
              cell: (row) => number(on(row, 0)?.success ?? 0),
            },
            { title: "Success today", isNumber: true, cell: (row) => share(on(row, 0)) },
            { title: "Success yesterday", isNumber: true, cell: (row) => share(on(row, 1)) },
            {
              title: "Dead letters today",
              isNumber: true,
              cell: (row) => number(on(row, 0)?.dead ?? 0),
            },
          ]}
        />
      )}
    </Card>
  );
};
