import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Chart } from "../../ui/chart.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { number } from "../../ui/format.ts";
import { latenciesOf, percentileOf } from "./latencies.ts";
import { type AttemptPage, attemptsRequest } from "./listAttempts.ts";

const renewMs = 15_000;
/** The largest page of attempts. */
const attemptsMax = 100;

/** How long the target took to answer the latest attempts. */
export const Latency = ({ integration }: { integration: string }) => {
  const list = attemptsRequest(integration, { limit: attemptsMax });
  const { data } = useLoaded(
    `latency ${integration}`,
    (signal) => request<AttemptPage>(list, signal),
    { everyMs: renewMs },
  );
  if (data === undefined || data.attempts.length < 2) return null;
  const { times, tookMs } = latenciesOf(data.attempts);
  const facts = [
    ["Median", percentileOf(tookMs, 0.5)],
    ["95 of 100", percentileOf(tookMs, 0.95)],
    ["Slowest", percentileOf(tookMs, 1)],
  ] as const;
  return (
    <Card
      title="Time of the target to answer"
      actions={<Curl action="List the latest attempts" request={list} />}
    >
      <Facts facts={facts.map(([name, ms]) => [name, `${number(ms)} ms`])} />
      <Chart
        label={facts.map(([name, ms]) => `${name}: ${ms} ms`).join(", ")}
        times={times}
        lines={[{ name: "Milliseconds", values: tookMs, color: "--accent" }]}
      />
      <p class="hint">
        Milliseconds of the latest {number(tookMs.length)} attempts, which are listed below.
      </p>
    </Card>
  );
};
