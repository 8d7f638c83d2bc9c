import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { MetricSource } from "../cloudwatch/metricSink.ts";
import { callGate } from "../fault/callGate.ts";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { authorizer } from "../iam/authorize.ts";
import { snsPermissions } from "../iam/permission/sns.ts";
import type { Log } from "../platform/log.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import { askToConfirm } from "./confirmation.ts";
import { openDeliveries } from "./deliveries.ts";
import type { EndpointServices } from "./endpoints.ts";
import { topicNotFound } from "./errors.ts";
import { requestBytesMax } from "./limits.ts";
import type { NotificationDeps } from "./notification.ts";
import { runLink, snsHandler } from "./operations.ts";
import { openOutbox } from "./outbox.ts";
import { snsProviders } from "./providers.ts";
import { startPublicServer } from "./publicServer.ts";
import { publishFor, publishTo, requireKey } from "./publisher.ts";
import { queryError } from "./query.ts";
import type { Signer } from "./signer.ts";
import type { Subscription } from "./subscription.ts";
import { openSubscriptions } from "./subscriptions.ts";
import type { Topic } from "./topic.ts";
import { topicMetrics } from "./topicMetrics.ts";
import type { Topics } from "./topics.ts";

export interface SnsOptions {
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  /** The roles and policies; without it, every service may publish. */
  readonly access?: Access | undefined;
  /** The folder of subscriptions and of deliveries that are not finished. */
  readonly folder: string;
  readonly services: EndpointServices;
  readonly signer: () => Promise<Signer>;
  /** The certificate of the server for links, and its key. */
  readonly server: { readonly certificate: string; readonly privateKey: string };
  readonly log: Log;
}

/** SNS of one region. */
export interface Sns extends AwsService {
  readonly providers: readonly ResourceProvider[];
  readonly topics: Topics;
  readonly metrics: MetricSource;
  /** SNS's address for unsigned requests: its certificate and the links in messages. */
  readonly publicUrl: string;
  /** Continues the deliveries of an earlier start and asks endpoints for their confirmation. */
  open(): Promise<void>;
}

/** Starts SNS on any free ports of 127.0.0.1. */
export const startSns = async (options: SnsOptions): Promise<Sns> => {
  const { region, account, credentials, access, services, log } = options;
  const store = await openStore(options);
  const { subscriptions, topics, find } = store;
  const gate = callGate("topics");
  const stopping = new AbortController();
  const { signal } = stopping;
  const server = await startPublicServer({
    ...options.server,
    signer: options.signer,
    runLink: async (form) => gate.run("Link", () => runLink(form, { subscriptions })),
    log,
  });
  const notification = notificationOf(options, server.url);
  const endpointDeps = { ...services, account, access, notification };
  const deliveries = openDeliveries({ endpointDeps, subscriptions, find, signal, log });
  const publisher = { account, access, subscriptions, outbox: store.outbox, deliveries };
  const ask = (each: Subscription): void => {
    const deps = { notification: notification(find(each.topicArn)), ca: services.ca };
    void askToConfirm(each, { ...deps, subscriptions, signal, log });
  };
  const authorize = authorizer(access, snsPermissions(options));
  const deps = { authorize, subscriptions, account, topics: () => [...topics.values()], find };
  const service = await startAwsService({
    region,
    serviceOf: () => "topics",
    signers: { credentials, roles: access, region, services: ["sns"] },
    bodyBytesMax: requestBytesMax,
    isJson: () => false,
    handler: snsHandler({
      ...deps,
      async publish(topicArn, message, roleKey) {
        authorize(roleKey, "Publish", { TopicArn: topicArn });
        const topic = find(topicArn);
        requireKey(topic, roleKey, publisher);
        return await publishTo(topic, message, publisher);
      },
      async subscribe(given) {
        const made = await subscriptions.add(given);
        ask(made);
        return made;
      },
    }),
    errorResponse: queryError,
    log,
  });
  return {
    ...service,
    providers: snsProviders((topic) => void topics.set(topic.arn, topic), subscriptions.add),
    topics: {
      publish: async (topicArn, message, by) =>
        gate.run("Publish", () => publishFor(by, find(topicArn), { message, deps: publisher })),
    },
    metrics: topicMetrics(() => topics.values()),
    publicUrl: server.url,
    async open() {
      await subscriptions.removeStale(new Set(topics.keys()));
      for (const { arn } of topics.values()) subscriptions.of(arn).forEach(ask);
      for (const { pending, remove } of await store.outbox.read())
        deliveries.start(pending, remove);
    },
    setFaults(state) {
      gate.set(state);
      service.setFaults(state);
    },
    async stop() {
      stopping.abort();
      await Promise.all([service.stop(), server.stop()]);
    },
  };
};

/** The topics of this start, and what the folder keeps of them. */
const openStore = async ({ folder, log }: SnsOptions) => {
  const pendingFolder = join(folder, "pending");
  await mkdir(pendingFolder, { recursive: true, mode: 0o700 });
  const topics = new Map<string, Topic>();
  return {
    subscriptions: await openSubscriptions(folder),
    outbox: openOutbox(pendingFolder, log),
    topics,
    find(topicArn: string): Topic {
      const topic = topics.get(topicArn);
      if (topic === undefined) throw topicNotFound();
      topic.counts.activeAt = Date.now();
      return topic;
    },
  };
};

const notificationOf =
  ({ signer }: SnsOptions, publicUrl: string) =>
  ({ signatureVersion }: Topic): NotificationDeps => ({ signer, signatureVersion, publicUrl });
