import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { UsageNoticeBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { product } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { number } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";

const renewMs = 60_000;

/** The latest notices about limits of usage. `fleet` is the id of the service agreement. */
export const UsageNotices = ({ fleet }: { fleet: string }) => {
  const agreement = `/service_agreements/${fleet}/notifications`;
  const path = product.value === undefined ? `/v1/user${agreement}` : fleetPath(agreement);
  const list: ApiRequest = { method: "GET", path };
  const { data, error, reload } = useLoaded(
    path,
    (signal) => request<{ data: readonly UsageNoticeBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Notices">
      <LoadState data={data} error={error} reload={reload} />
      {data?.data.length === 0 && <p class="hint">No limit has come near.</p>}
      {data !== undefined && data.data.length > 0 && (
        <Table
          label="Notices"
          rows={data.data}
          keyOf={({ id }) => id}
          columns={[
            {
              title: "Time (UTC)",
              cell: ({ attributes }) => attributes.created_at.slice(0, 16).replace("T", " "),
            },
            { title: "Notice", cell: ({ attributes: { details } }) => textOf(details) },
            {
              title: "Limit",
              cell: ({ attributes: { details } }) => (
                <Text value={details.name ?? details.target ?? details.scope} />
              ),
            },
            {
              title: "Used",
              isNumber: true,
              cell: ({ attributes: { details } }) =>
                `${number(details.used)} of ${number(details.limit)}`,
            },
          ]}
        />
      )}
      <div class="actions">
        <Curl action="List notices" request={list} />
      </div>
    </Card>
  );
};

const textOf = (details: UsageNoticeBody["attributes"]["details"]): string => {
  if (details.kind === "threshold") return `${details.percent} % reached`;
  const at = details.reached_at?.slice(0, 16).replace("T", " ");
  return `Forecast: reached ${at ?? "within the period"} UTC`;
};
