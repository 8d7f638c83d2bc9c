import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { integrationPath } from "../../api/fleet.ts";
import type { TriedBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { Status } from "../../ui/status.tsx";
import { Block, Text } from "../../ui/text.tsx";
import { SentRequest } from "./sentRequest.tsx";

/** Sends one test request to the target. */
export const TestDelivery = ({ integration }: { integration: string }) => {
  const [data, setData] = useState('{"celsius": 21.5}');
  const [tried, setTried] = useState<TriedBody>();
  const test: ApiRequest = {
    method: "POST",
    path: integrationPath(integration, "/test"),
    body: { event: { data } },
  };
  return (
    <Card title="Send a test">
      <Form
        submit="Send"
        actions={<Curl action="Send a test" request={test} />}
        onSubmit={async () => {
          setTried(undefined);
          setTried(await request<TriedBody>(test));
        }}
      >
        <Area
          label="Data of the event"
          rows={2}
          isCode
          value={data}
          hint="A real request, once: it is not retried and leaves no dead letter."
          onInput={setData}
        />
      </Form>
      <div aria-live="polite">{tried !== undefined && <Result tried={tried} />}</div>
    </Card>
  );
};

const Result = ({ tried }: { tried: TriedBody }) => (
  <div class="stack">
    <p>
      <Status kind={tried.ok ? "good" : "bad"}>{tried.verdict}</Status> in{" "}
      {Math.round(tried.took_ms)} ms {tried.failure !== undefined && <Text value={tried.failure} />}
    </p>
    <SentRequest request={tried.request} />
    {tried.reply !== null && (
      <Block label="Reply" value={`Status ${tried.reply.status}\n\n${tried.reply.body}`} />
    )}
  </div>
);
