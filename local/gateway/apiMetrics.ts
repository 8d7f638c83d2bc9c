import { Distribution } from "../cloudwatch/distribution.ts";
import type { MetricSource } from "../cloudwatch/metricSink.ts";

/** A finished request. */
export interface MeteredRequest {
  /** The method and the path of its resource; absent when no resource matches. */
  readonly route: { readonly method: string; readonly path: string } | undefined;
  readonly status: number;
  /** Time from the request to the response in ms; absent for a streamed response. */
  readonly latencyMs: number | undefined;
  /** Time of the function's invocation in ms, of a response that is not streamed. */
  readonly integrationMs: number | undefined;
}

export interface ApiMeter extends MetricSource {
  count(request: MeteredRequest): void;
}

export interface ApiIdentity {
  readonly name: string;
  readonly stage: string;
  /** Whether a method has metrics of its own, by the settings of the stage. */
  isMetered(method: string, path: string): boolean;
}

interface Counts {
  requests: number;
  clientErrors: number;
  serverErrors: number;
  readonly latencies: Distribution;
  readonly integrationLatencies: Distribution;
}

const newCounts = (): Counts => ({
  requests: 0,
  clientErrors: 0,
  serverErrors: 0,
  latencies: new Distribution(),
  integrationLatencies: new Distribution(),
});

/**
 * The metrics of API Gateway, by `ApiName`, by `ApiName` and `Stage`, and for each method with
 * detailed metrics. A request has a sample of both error metrics, 1 or 0, so that the average is
 * the error rate. A minute without requests has no value.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
export const createApiMeter = (api: () => ApiIdentity): ApiMeter => {
  const all = newCounts();
  const routes = new Map<string, { method: string; path: string; counts: Counts }>();
  const countsOf = (method: string, path: string): Counts => {
    const key = `${method} ${path}`;
    const known = routes.get(key);
    if (known !== undefined) return known.counts;
    const counts = newCounts();
    routes.set(key, { method, path, counts });
    return counts;
  };
  return {
    count(request) {
      add(all, request);
      const { route } = request;
      if (route !== undefined && api().isMetered(route.method, route.path)) {
        add(countsOf(route.method, route.path), request);
      }
    },
    collect(sink, time) {
      const { name: ApiName, stage: Stage } = api();
      const putter =
        (...dimensions: Readonly<Record<string, string>>[]): Put =>
        (name, value, count, unit) => {
          for (const each of dimensions) {
            const datum = { namespace: "AWS/ApiGateway", name, value, count, unit, time };
            sink.put({ ...datum, dimensions: each });
          }
        };
      drain(all, putter({ ApiName }, { ApiName, Stage }));
      for (const { method, path, counts } of routes.values()) {
        drain(counts, putter({ ApiName, Method: method, Resource: path, Stage }));
      }
    },
  };
};

type Put = (name: string, value: number, count: number, unit: string) => void;

const add = (counts: Counts, { status, latencyMs, integrationMs }: MeteredRequest): void => {
  counts.requests += 1;
  if (status >= 500) counts.serverErrors += 1;
  else if (status >= 400) counts.clientErrors += 1;
  if (latencyMs !== undefined) counts.latencies.add(latencyMs);
  if (integrationMs !== undefined) counts.integrationLatencies.add(integrationMs);
};

const drain = (counts: Counts, put: Put): void => {
  const { requests, clientErrors, serverErrors, latencies, integrationLatencies } = counts;
  if (requests === 0) return;
  put("Count", 1, requests, "Count");
  for (const [name, errors] of [
    ["4XXError", clientErrors],
    ["5XXError", serverErrors],
  ] as const) {
    if (errors > 0) put(name, 1, errors, "Count");
    if (requests > errors) put(name, 0, requests - errors, "Count");
  }
  latencies.drain((ms, count) => put("Latency", ms, count, "Milliseconds"));
  integrationLatencies.drain((ms, count) => put("IntegrationLatency", ms, count, "Milliseconds"));
  Object.assign(counts, { requests: 0, clientErrors: 0, serverErrors: 0 });
};
