import {
  clientIdBytesMax,
  keepAliveSecondsMax,
  keepAliveSecondsMin,
  payloadBytesMax,
  subscriptionsMax,
} from "../limits.ts";
import type { Permissions } from "../policy/permissions.ts";
import { isResponseFilter } from "../provisioning/topics.ts";
import { basicIngest, isFilter, topicProblem } from "../topic.ts";
import { badRequest, notAllowed } from "./disconnectError.ts";

// Each check returns when IoT Core allows the operation, and fails with a `DisconnectError`
// otherwise. https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html

const mqtt311 = 4;

export const checkConnect = (
  { clientId, protocolVersion }: { clientId: string; protocolVersion?: number | undefined },
  permissions: Permissions,
): void => {
  if (protocolVersion === undefined || protocolVersion < mqtt311) throw badRequest("MQTT 3.1");
  if (clientId === "") throw badRequest("a client id is needed");
  if (Buffer.byteLength(clientId) > clientIdBytesMax) {
    throw badRequest(`a client id longer than ${clientIdBytesMax} bytes`);
  }
  if (!permissions.allow("iot:Connect", `client/${clientId}`)) throw notAllowed("iot:Connect");
};

/** The effective keep-alive, in seconds, for the requested one. */
export const keepAlive = (asked: number): number => {
  const isSupported = asked > 0 && asked <= keepAliveSecondsMax;
  return isSupported ? Math.max(asked, keepAliveSecondsMin) : keepAliveSecondsMax;
};

export interface Publish {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos?: number | undefined;
  readonly retain?: boolean | undefined;
}

/** `isRequest`: the broker answers the message itself, so its topic may be reserved. */
export const checkPublish = (
  { topic, payload, qos = 0, retain = false }: Publish,
  permissions: Permissions,
  isRequest = false,
): void => {
  // IoT Core ignores a QoS 2 packet; a closed connection reports the error sooner.
  if (qos > 1) throw badRequest("QoS 2");
  if (Buffer.byteLength(payload) > payloadBytesMax) {
    throw badRequest(`a payload larger than ${payloadBytesMax} bytes`);
  }
  const problem = topicProblem(topic);
  if (problem !== undefined) throw badRequest(`a topic with ${problem}`);
  const isReserved = topic.startsWith("$");
  const isSupported = basicIngest(topic) !== undefined || isRequest;
  if (isReserved && (retain || !isSupported)) {
    throw notAllowed(`publishing to the reserved topic ${topic}`);
  }
  const resource = `topic/${topic}`;
  if (!permissions.allow("iot:Publish", resource)) throw notAllowed(`iot:Publish on ${resource}`);
  if (retain && !permissions.allow("iot:RetainPublish", resource)) {
    throw notAllowed(`iot:RetainPublish on ${resource}`);
  }
};

/**
 * The only reserved topics that reach subscribers here, besides responses of device provisioning.
 */
const subscribable = "$aws/events/presence/";

export const checkSubscribe = (
  { topic: filter, qos }: { topic: string; qos: number },
  { permissions, filters }: { permissions: Permissions; filters: ReadonlySet<string> },
): void => {
  if (qos > 1) throw badRequest("QoS 2");
  if (!isFilter(filter)) throw badRequest(`the topic filter ${filter}`);
  const problem = topicProblem(filter);
  if (problem !== undefined) throw badRequest(`a topic filter with ${problem}`);
  const isSupported = filter.startsWith(subscribable) || isResponseFilter(filter);
  if (filter.startsWith("$") && !isSupported) {
    throw notAllowed(`subscribing to the reserved topic ${filter}`);
  }
  const resource = `topicfilter/${filter}`;
  if (!permissions.allow("iot:Subscribe", resource))
    throw notAllowed(`iot:Subscribe on ${resource}`);
  if (!filters.has(filter) && filters.size >= subscriptionsMax) {
    throw badRequest(`more than ${subscriptionsMax} subscriptions`);
  }
};
