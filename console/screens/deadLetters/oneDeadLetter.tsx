import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import type { DeadLetterBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, query, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { wholeTime } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { toast } from "../../ui/toast.tsx";
import { Replay } from "./replay.tsx";

/** One dead letter: why the delivery was given up, and its event. */
export const OneDeadLetter = ({ parameters }: { parameters: Readonly<Record<string, string>> }) => {
  const { integration = "", letter = "" } = parameters;
  const path = integrationPath(integration, `/dead-letters/${encodeURIComponent(letter)}`);
  // Without it, the API searches the newest dead letters only.
  const asked = { failed_at: query.value.get("failed_at") ?? undefined };
  const show: ApiRequest = { method: "GET", path, query: asked };
  const remove: ApiRequest = { method: "DELETE", path, query: asked };
  const { data, error, reload } = useLoaded(path, (signal) =>
    request<{ dead_letter: DeadLetterBody }>(show, signal),
  );
  const list = urlOf(`/integrations/${encodeURIComponent(integration)}/dead-letters`);
  return (
    <Screen
      title="Dead letter"
      up={{ url: list, name: "Dead letters" }}
      actions={
        <>
          <Curl action="Show this dead letter" request={show} />
          <Confirm
            action="Delete"
            title="Delete this dead letter?"
            request={remove}
            run={async () => {
              await request(remove);
              toast("The dead letter is deleted.");
              navigate(list);
            }}
          >
            <p>Its event is not delivered to this integration any more.</p>
          </Confirm>
          <Replay integration={integration} filter={{ ids: [letter] }} action="Replay" />
        </>
      }
    >
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && <Letter letter={data.dead_letter} />}
    </Screen>
  );
};

const Letter = ({ letter }: { letter: DeadLetterBody }) => (
  <>
    <Card title="Why it failed">
      <p>
        <Text value={letter.reason} max={2_000} />
      </p>
      <Facts
        facts={[
          ["Status of the target", letter.status ?? "no answer"],
          ["Attempts", letter.attempts],
          ["Given up", wholeTime(Date.parse(letter.failed_at))],
          ["Delivery", <code key="id">{letter.id}</code>],
        ]}
      />
    </Card>
    <Card title="Event">
      <Facts
        facts={[
          ["Name", <Text key="name" value={letter.event.name} max={80} />],
          ["Device", <Text key="device" value={letter.event.coreid} max={60} />],
          ["Published", wholeTime(Date.parse(letter.event.published_at))],
        ]}
      />
      <Block label="Data" value={letter.event.data} />
    </Card>
  </>
);
