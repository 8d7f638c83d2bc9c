import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { PageBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Facts } from "../../ui/facts.tsx";
import { wholeTime } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { operationsUp } from "../incidents/urls.ts";

const renewMs = 15_000;
const list = { method: "GET", path: "/v1/pages" } as const;

/** The pages of all regions, with each attempt to reach a receiver. */
export const PageList = () => {
  const { data, error, reload } = useLoaded(
    "pages",
    (signal) => request<{ pages: readonly PageBody[] }>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Screen title="Pages" up={operationsUp()} actions={<Curl action="List pages" request={list} />}>
      <LoadState data={data} error={error} reload={reload} />
      {data?.pages.length === 0 && (
        <Empty title="There are no pages.">
          <p>
            An alarm that needs a person sends a page to the receivers of the deployment:{" "}
            <code>docs/paging.md</code>.
          </p>
        </Empty>
      )}
      {data?.pages.map((page) => (
        <OnePage key={page.id} page={page} reload={reload} />
      ))}
    </Screen>
  );
};

interface Props {
  readonly page: PageBody;
  reload(): Promise<void>;
}

const OnePage = ({ page, reload }: Props) => (
  <Card
    title={visible(page.summary).slice(0, 200)}
    actions={
      page.deliveries.some(({ dead_letter: reason }) => reason !== null) && (
        <Replay page={page} reload={reload} />
      )
    }
  >
    <Facts
      facts={[
        [
          "State",
          <Status key="state" kind={page.state === "open" ? "bad" : "good"}>
            {page.state}
          </Status>,
        ],
        ["Severity", page.severity],
        ["Region", page.region],
        ["Sent by", `the watcher in ${page.watcher}`],
        ["Since", <Ago key="since" at={page.since} />],
        ["Reason", <Text key="reason" value={page.reason} />],
        ["Runbook", page.runbook === null ? "–" : <code>docs/runbook.md#{page.runbook}</code>],
      ]}
    />
    {page.deliveries.map((delivery) => (
      <Delivery key={delivery.receiver} delivery={delivery} />
    ))}
  </Card>
);

const Delivery = ({ delivery }: { delivery: PageBody["deliveries"][number] }) => {
  const { receiver, told, dead_letter: reason, next_attempt_at: next, attempts } = delivery;
  return (
    <div class="stack">
      <p>
        <strong>
          <Text value={receiver} max={80} />
        </strong>{" "}
        {reason === null ? (
          <Status kind={next === null ? "good" : "warn"}>
            {next === null ? `told: ${told}` : "waiting"}
          </Status>
        ) : (
          <Status kind="bad">given up</Status>
        )}{" "}
        <Text value={reason ?? ""} />
        {next !== null && <span class="muted"> next attempt: {wholeTime(Date.parse(next))}</span>}
      </p>
      {attempts.length > 0 && (
        <details>
          <summary>Attempts ({attempts.length})</summary>
          <Table
            label={`Attempts at ${visible(receiver)}`}
            rows={attempts}
            keyOf={({ at, event }) => `${at} ${event}`}
            columns={[
              { title: "When", cell: ({ at }) => <Ago at={at} /> },
              { title: "Event", cell: ({ event }) => event },
              { title: "Result", cell: ({ result }) => <Text value={result} /> },
            ]}
          />
        </details>
      )}
    </div>
  );
};

const Replay = ({ page, reload }: Props) => {
  const replay: ApiRequest = {
    method: "POST",
    path: `/v1/pages/${encodeURIComponent(page.id)}/replay`,
    body: {},
  };
  const given = page.deliveries.filter(({ dead_letter: reason }) => reason !== null);
  return (
    <Confirm
      action="Send again"
      kind="primary"
      title="Send this page again?"
      request={replay}
      run={async () => {
        await request(replay);
        await reload();
        toast("The page is sent again.");
      }}
    >
      <p>
        Sent to the receivers that were given up:{" "}
        <Text value={given.map(({ receiver }) => receiver).join(", ")} />. A person may be woken.
      </p>
    </Confirm>
  );
};
