import type { AttemptBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { Facts } from "../../ui/facts.tsx";
import { wholeTime } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { AttemptTable, Outcome } from "./attempts.tsx";
import { type AttemptPage, attemptKey, attemptsRequest, deliveryOf } from "./listAttempts.ts";
import { SentRequest } from "./sentRequest.tsx";

const renewMs = 5_000;

/** One attempt: what was sent, what was answered, and what follows. */
export const OneAttempt = ({ parameters }: { parameters: Readonly<Record<string, string>> }) => {
  const { integration: id = "", attempt: key = "" } = parameters;
  const list = attemptsRequest(id, { delivery: deliveryOf(key) });
  const { data, error, reload } = useLoaded(
    `${id} ${key}`,
    (signal) => request<AttemptPage>(list, signal),
    { everyMs: renewMs },
  );
  const attempt = data?.attempts.find((each) => attemptKey(each) === key);
  const url = urlOf(`/integrations/${encodeURIComponent(id)}`);
  return (
    <Screen
      title="Attempt"
      up={{ url, name: "Integration" }}
      actions={<Curl action="Show the attempts of this delivery" request={list} />}
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && attempt === undefined && (
        <Empty title="This attempt is older than 30 days, or was not sampled.">
          <a href={`${url}/dead-letters`}>Look for it in the dead letters</a>
        </Empty>
      )}
      {attempt !== undefined && (
        <>
          <Shown attempt={attempt} url={url} />
          <Siblings integration={id} attempts={data?.attempts ?? []} />
        </>
      )}
    </Screen>
  );
};

/** All attempts of the delivery: a later one may have succeeded. */
const Siblings = ({
  integration,
  attempts,
}: {
  integration: string;
  attempts: readonly AttemptBody[];
}) =>
  attempts.length > 1 && (
    <Card title="All attempts of this delivery">
      <AttemptTable integration={integration} attempts={attempts} />
    </Card>
  );

interface ShownProps {
  readonly attempt: AttemptBody;
  /** Of the screen of the integration. */
  readonly url: string;
}

const Shown = ({ attempt, url }: ShownProps) => {
  const { next_attempt_at: next, reply, request: sent } = attempt;
  return (
    <>
      <Card title="Outcome">
        <Facts
          facts={[
            ["Outcome", <Outcome key="outcome" attempt={attempt} />],
            ["Attempt", `${attempt.attempt} of this delivery`],
            ["Started", wholeTime(Date.parse(attempt.started_at))],
            ["Took", `${attempt.took_ms} ms`],
            ["Next attempt", next === null ? "none" : wholeTime(Date.parse(next))],
            ["Event", <Text key="event" value={attempt.event.name} max={80} />],
            ["Device", <Text key="device" value={attempt.event.coreid} max={60} />],
            ["Delivery", <code key="delivery">{attempt.delivery}</code>],
          ]}
        />
        <WhatFollows attempt={attempt} url={url} />
      </Card>
      <div class="columns">
        <Card title="Request">
          {sent === null ? (
            <p class="muted">No request could be made from the event.</p>
          ) : (
            <SentRequest request={sent} />
          )}
        </Card>
        <Card title="Reply">
          {reply === null ? (
            <p class="muted">The target did not answer.</p>
          ) : (
            <Reply reply={reply} />
          )}
        </Card>
      </div>
    </>
  );
};

/** What a person does about a failed attempt. */
const WhatFollows = ({ attempt: { ok, delivery, next_attempt_at: next }, url }: ShownProps) => {
  if (ok) return null;
  if (next !== null) {
    return <p class="hint">The delivery is retried by itself. Correct the cause until then.</p>;
  }
  return (
    <p>
      The delivery was given up. Correct the cause, then{" "}
      <a href={`${url}/dead-letters/${encodeURIComponent(delivery)}`}>replay its dead letter</a>.
    </p>
  );
};

const Reply = ({ reply }: { reply: NonNullable<AttemptBody["reply"]> }) => (
  <Block
    label="Reply"
    value={[
      `Status ${reply.status}`,
      reply.content_type === null ? null : `content-type: ${reply.content_type}`,
      reply.retry_after === null ? null : `retry-after: ${reply.retry_after}`,
      "",
      reply.body,
    ]
      .filter((line) => line !== null)
      .join("\n")}
  />
);
