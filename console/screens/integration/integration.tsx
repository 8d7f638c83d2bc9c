import { integrationPath } from "../../api/fleet.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Status } from "../../ui/status.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { Attempts } from "./attempts.tsx";
import { Backfill } from "./backfill.tsx";
import { Backlog } from "./backlog.tsx";
import { IntegrationCommands } from "./commands.tsx";
import { type Details, readDetails } from "./details.ts";
import { Jobs } from "./jobs.tsx";
import { Latency } from "./latency.tsx";
import { Ledger } from "./ledger.tsx";
import { TestDelivery } from "./testDelivery.tsx";

const renewMs = 5_000;

/** One integration: its state, its deliveries, and what failed. */
export const Integration = ({ parameters }: { parameters: Readonly<Record<string, string>> }) => {
  const { integration: id = "" } = parameters;
  const { data, error, reload } = useLoaded(id, (signal) => readDetails(id, signal), {
    everyMs: renewMs,
  });
  const show = { method: "GET", path: integrationPath(id) } as const;
  return (
    <Screen
      title={data?.name ?? "Integration"}
      up={{ url: urlOf("/integrations"), name: "Integrations" }}
      actions={<Curl action="Show this integration" request={show} />}
    >
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <>
          {data.disabled && <Disabled details={data} />}
          <Card title="State" actions={<IntegrationCommands details={data} reload={reload} />}>
            <State details={data} />
          </Card>
          <Ledger integration={id} />
          <Backlog integration={id} />
          <Latency integration={id} />
          <Attempts integration={id} />
          <div class="columns">
            <TestDelivery integration={id} />
            <Backfill integration={id} />
            <Jobs integration={id} />
          </div>
        </>
      )}
    </Screen>
  );
};

const Disabled = ({ details: { disabledReason } }: { details: Details }) => (
  <p class="banner" role="status">
    <strong>This integration is disabled.</strong> New events are not delivered.{" "}
    {typeof disabledReason === "string" && <Text value={disabledReason} />} Correct the cause,
    enable it, then replay its dead letters.
  </p>
);

const State = ({ details }: { details: Details }) => (
  <Facts
    facts={[
      [
        "State",
        details.disabled ? (
          <Status kind="off">disabled</Status>
        ) : (
          <Status kind="good">enabled</Status>
        ),
      ],
      ["Events", <Text key="event" value={`${details.event}…`} max={80} />],
      ["Kind", details.integration_type],
      [
        "Target",
        <Text key="url" value={[details.requestType, details.url].filter(Boolean).join(" ")} />,
      ],
      ["Device", <Text key="device" value={details.deviceID ?? "all"} max={80} />],
      ["Signed", details.signed ? "yes" : "no"],
      ["Created", <Ago key="created" at={details.created_at} />],
      [
        "Dead letters",
        <a key="dead" href={urlOf(`/integrations/${encodeURIComponent(details.id)}/dead-letters`)}>
          Show and replay
        </a>,
      ],
    ]}
  />
);
