import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import type { NoticeBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { plural } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";

interface NoticePage {
  readonly notices: readonly NoticeBody[];
  readonly next: string | null;
}

const kindOf = (state: NoticeBody["state"]) => {
  if (state === "dead") return "bad";
  return state === "delivered" ? "good" : "warn";
};

/** The messages to subscribers about an incident, with their attempts. */
export const Notices = ({ incident }: { incident: string }) => {
  const [after, setAfter] = useState<string>();
  const path = `/v1/status/incidents/${encodeURIComponent(incident)}/notices`;
  const list: ApiRequest = { method: "GET", path, query: { after } };
  const { data, error, reload } = useLoaded(`${path} ${after ?? ""}`, (signal) =>
    request<NoticePage>(list, signal),
  );
  return (
    <Card
      title="Messages to subscribers"
      actions={
        <>
          <ReplayNotices path={path} reload={reload} />
          <Curl action="List messages" request={list} />
        </>
      }
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data?.notices.length === 0 && <p class="muted">There are no messages.</p>}
      {data !== undefined && data.notices.length > 0 && (
        <Table
          label="Messages to subscribers"
          rows={data.notices}
          keyOf={({ update, subscription }) => `${update} ${subscription}`}
          columns={[
            { title: "To", cell: ({ target }) => <Text value={target} max={100} /> },
            {
              title: "State",
              cell: ({ state, error: reason }) => (
                <>
                  <Status kind={kindOf(state)}>{state}</Status> <Text value={reason ?? ""} />
                </>
              ),
            },
            { title: "Attempts", isNumber: true, cell: ({ attempts }) => attempts },
            { title: "Tried", cell: ({ tried_at: at }) => <Ago at={at} /> },
          ]}
        />
      )}
      <nav class="actions" aria-label="Pages of messages">
        {after !== undefined && <Button onClick={() => setAfter(undefined)}>First page</Button>}
        {data !== undefined && data.next !== null && (
          <Button onClick={() => setAfter(data.next ?? undefined)}>Next page</Button>
        )}
      </nav>
    </Card>
  );
};

/** The dead letters of one page at most: the plan of a replay. */
const ReplayNotices = ({ path, reload }: { path: string; reload(): Promise<void> }) => {
  const { data, reload: recount } = useLoaded(`${path} dead`, (signal) =>
    request<NoticePage>({ method: "GET", path, query: { state: "dead" } }, signal),
  );
  const replay: ApiRequest = { method: "POST", path, body: {} };
  if (data === undefined || data.notices.length === 0) return null;
  const { length } = data.notices;
  return (
    <Confirm
      action="Send failed ones again"
      kind="primary"
      title="Send the failed messages again?"
      request={replay}
      run={async () => {
        const { replayed } = await request<{ replayed: number }>(replay);
        await Promise.all([reload(), recount()]);
        toast(`${plural(replayed, "message is", "messages are")} in the queue.`);
      }}
    >
      <p>
        {plural(length, "message")}
        {data.next === null ? "" : " or more"} could not be delivered and{" "}
        {length === 1 ? "is" : "are"} sent again within a minute. A subscriber who got one in the
        meantime gets it twice.
      </p>
    </Confirm>
  );
};
