import type { MetricSource } from "../../cloudwatch/metricSink.ts";
import { DisconnectError } from "./disconnectError.ts";

/** The operations of clients that IoT Core counts. */
export type BrokerOperation = "Connect" | "PublishIn" | "PublishOut" | "Subscribe";

/** https://docs.aws.amazon.com/iot/latest/developerguide/metrics_dimensions.html */
const names = [
  "Connect.AuthError",
  "Connect.ClientError",
  "Connect.ServerError",
  "Connect.Success",
  "Connect.Throttle",
  "Connection.AuthNError",
  "Ping.Success",
  "PublishIn.AuthError",
  "PublishIn.ClientError",
  "PublishIn.ServerError",
  "PublishIn.Success",
  "PublishOut.AuthError",
  "PublishOut.ClientError",
  "PublishOut.ServerError",
  "PublishOut.Success",
  "PublishOut.Throttle",
  "Subscribe.AuthError",
  "Subscribe.ClientError",
  "Subscribe.ServerError",
  "Subscribe.Success",
  "Unsubscribe.Success",
] as const;

type BrokerMetric = (typeof names)[number];
type Protocol = "MQTT" | "HTTP";

/** Counts the operations of clients since the last collection. */
export interface BrokerMeter extends MetricSource {
  count(metric: BrokerMetric, protocol?: Protocol): void;
  /** Counts a refused operation: by a policy, by the rules of the protocol, or by a fault. */
  countError(operation: BrokerOperation, error: unknown, protocol?: Protocol): void;
}

const newCounts = (): Record<BrokerMetric, number> => ({
  "Connect.AuthError": 0,
  "Connect.ClientError": 0,
  "Connect.ServerError": 0,
  "Connect.Success": 0,
  "Connect.Throttle": 0,
  "Connection.AuthNError": 0,
  "Ping.Success": 0,
  "PublishIn.AuthError": 0,
  "PublishIn.ClientError": 0,
  "PublishIn.ServerError": 0,
  "PublishIn.Success": 0,
  "PublishOut.AuthError": 0,
  "PublishOut.ClientError": 0,
  "PublishOut.ServerError": 0,
  "PublishOut.Success": 0,
  "PublishOut.Throttle": 0,
  "Subscribe.AuthError": 0,
  "Subscribe.ClientError": 0,
  "Subscribe.ServerError": 0,
  "Subscribe.Success": 0,
  "Unsubscribe.Success": 0,
});

/** The metrics of the broker, by `Protocol`. A metric is absent while there is nothing to count. */
export const createBrokerMeter = (): BrokerMeter => {
  const counts = { MQTT: newCounts(), HTTP: newCounts() };
  return {
    count(metric, protocol = "MQTT") {
      counts[protocol][metric] += 1;
    },
    countError(operation, error, protocol = "MQTT") {
      counts[protocol][`${operation}.${kindOf(error)}`] += 1;
    },
    collect(sink, time) {
      for (const Protocol of ["MQTT", "HTTP"] as const) {
        const own = counts[Protocol];
        for (const name of names) {
          const value = own[name];
          if (value === 0) continue;
          own[name] = 0;
          const dimensions = { Protocol };
          sink.put({ namespace: "AWS/IoT", name, dimensions, value, unit: "Count", time });
        }
      }
    },
  };
};

const kindOf = (error: unknown): "AuthError" | "ClientError" | "ServerError" => {
  if (!(error instanceof DisconnectError)) return "ServerError";
  if (error.reason === "AUTH_ERROR") return "AuthError";
  return error.reason === "CLIENT_ERROR" ? "ClientError" : "ServerError";
};
