import { readdir } from "node:fs/promises";
import { get, globalAgent } from "node:https";
import { join } from "node:path";
import {
  ConfirmSubscriptionCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  PublishCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import MessageValidator from "sns-validator";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { AwsError } from "../../../local/http/awsJsonClient.ts";
import { openAccess } from "../../../local/iam/access.ts";
import { collected, sumsOf } from "../support/collected.ts";
import {
  account,
  newSnsFolder,
  region,
  startEndpoint,
  startWorld,
  topicArn,
  type World,
} from "./world.ts";

/** The first message waits for the RSA key that signs it, which may take seconds to make. */
const eventually = <Result>(check: () => Result | Promise<Result>): Promise<Result> =>
  vi.waitFor(check, { timeout: 10_000 });

const cloudwatch = { service: "cloudwatch.amazonaws.com", sourceArn: "arn:alarm" };
const queueArn = `arn:aws:sqs:${region}:${account}:queue`;
const functionArn = `arn:aws:lambda:${region}:${account}:function:fn`;

/** Validates a message as AWS's own library does. */
const validated = (body: string, ca: string): Promise<Record<string, unknown>> => {
  globalAgent.options.ca = ca;
  onTestFinished(() => void delete globalAgent.options.ca);
  const validator = new MessageValidator(/^127\.0\.0\.1:\d+$/);
  return new Promise((resolve, reject) =>
    validator.validate(body, (error, message) => (error ? reject(error) : resolve(message ?? {}))),
  );
};

/** Opens a link of a message. */
const open = (url: string, ca: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { ca }, (response) => resolve(response.resume().statusCode ?? 0)).on("error", reject);
  });

const metricsOf = ({ sns }: World) => sumsOf(collected(sns.metrics), { TopicName: "pages" });

describe("an e-mail subscription", () => {
  it("writes each message to a mail", async () => {
    const world = await startWorld();
    await world.create("Subscription", {
      TopicArn: topicArn,
      Protocol: "email",
      Endpoint: "ops@example.org",
    });
    const alarm = { subject: 'ALARM: "Errors"', message: '{"AlarmName":"Errors"}' };
    await world.sns.topics.publish(topicArn, alarm, cloudwatch);
    await eventually(() => expect(world.mails).toHaveLength(1));

    expect(world.mails[0]).toContain("To: ops@example.org");
    expect(world.mails[0]).toContain("From: Godwit pages <no-reply@sns.amazonaws.com>");
    expect(world.mails[0]).toContain('Subject: ALARM: "Errors"');
    expect(world.mails[0]).toContain('{"AlarmName":"Errors"}');
    expect(world.mails[0]).toContain("Action=Unsubscribe");
    expect(metricsOf(world)).toEqual({
      NumberOfMessagesPublished: 1,
      PublishSize: 22,
      NumberOfNotificationsDelivered: 1,
    });
    expect(metricsOf(world)).toEqual({});
  });

  it("receives its own text of a message that has several", async () => {
    const world = await startWorld();
    const subscription = { TopicArn: topicArn, Protocol: "email", Endpoint: "ops@example.org" };
    await world.create("Subscription", subscription);
    const message = JSON.stringify({ default: "for all", email: "for people" });
    const json = { message, messageStructure: "json" } as const;
    await world.sns.topics.publish(topicArn, json, cloudwatch);
    await eventually(() => expect(world.mails).toHaveLength(1));
    expect(world.mails[0]).toContain("for people");
  });
});

describe("an HTTP subscription", () => {
  const subscribe = async (world: World, url: string) => {
    const { SubscriptionArn } = await world.client.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: "http", Endpoint: url }),
    );
    return SubscriptionArn;
  };

  it("receives messages with AWS's signature after it has confirmed", async () => {
    const world = await startWorld();
    const endpoint = await startEndpoint();
    expect(await subscribe(world, endpoint.url)).toBe("pending confirmation");
    await eventually(() => expect(endpoint.received).toHaveLength(1));
    await world.sns.topics.publish(topicArn, { message: "too early" }, cloudwatch);
    const [request] = endpoint.received;
    expect(request?.headers).toMatchObject({
      "x-amz-sns-message-type": "SubscriptionConfirmation",
      "x-amz-sns-topic-arn": topicArn,
      "content-type": "text/plain; charset=UTF-8",
    });
    const confirmation = await validated(request?.body ?? "", world.ca);
    expect(confirmation).toMatchObject({ Type: "SubscriptionConfirmation", TopicArn: topicArn });
    expect(await open(String(confirmation.SubscribeURL), world.ca)).toBe(200);

    const attributes = { kind: { DataType: "String", StringValue: "page" } };
    const given = { subject: "Hi", message: "ü", messageAttributes: attributes };
    await world.sns.topics.publish(topicArn, given, cloudwatch);
    await eventually(() => expect(endpoint.received).toHaveLength(2));
    const notification = await validated(endpoint.received[1]?.body ?? "", world.ca);
    expect(notification).toMatchObject({
      Type: "Notification",
      TopicArn: topicArn,
      Subject: "Hi",
      Message: "ü",
      SignatureVersion: "1",
      MessageAttributes: { kind: { Type: "String", Value: "page" } },
    });
    expect(endpoint.received[1]?.headers).toMatchObject({
      "x-amz-sns-message-type": "Notification",
      "x-amz-sns-message-id": notification.MessageId,
      "x-amz-sns-subscription-arn": expect.stringContaining(`${topicArn}:`),
    });

    const changed = endpoint.received[1]?.body.replace('"ü"', '"u"') ?? "";
    await expect(validated(changed, world.ca)).rejects.toThrow("signature");
    expect(await open(String(notification.UnsubscribeURL), world.ca)).toBe(200);
    await world.sns.topics.publish(topicArn, { message: "too late" }, cloudwatch);
    const { Subscriptions } = await world.client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }),
    );
    expect(Subscriptions ?? []).toEqual([]);
    expect(endpoint.received).toHaveLength(2);
  });

  it("can have a signature of version 2", async () => {
    const world = await startWorld();
    await world.create("Topic", { TopicName: "pages", SignatureVersion: "2" });
    const endpoint = await startEndpoint();
    await subscribe(world, endpoint.url);
    await eventually(() => expect(endpoint.received).toHaveLength(1));
    const message = await validated(endpoint.received[0]?.body ?? "", world.ca);
    expect(message).toMatchObject({ SignatureVersion: "2" });
  });

  it("does not receive a message again that it has refused, and counts each failed attempt", async () => {
    const world = await startWorld();
    const endpoint = await startEndpoint(200, 400);
    await subscribe(world, endpoint.url);
    await eventually(() => expect(endpoint.received).toHaveLength(1));
    const { Token } = JSON.parse(endpoint.received[0]?.body ?? "");
    await world.client.send(new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token }));
    await world.sns.topics.publish(topicArn, { message: "page" }, cloudwatch);
    await eventually(() =>
      expect(world.log).toHaveBeenCalledWith("notification failed", expect.anything(), "error"),
    );
    expect(endpoint.received).toHaveLength(2);
    expect(metricsOf(world)).toMatchObject({ NumberOfNotificationsFailed: 1 });
  });

  it("cannot be confirmed with another token", async () => {
    const world = await startWorld();
    const endpoint = await startEndpoint();
    await subscribe(world, endpoint.url);
    const command = new ConfirmSubscriptionCommand({ TopicArn: topicArn, Token: "x" });
    await expect(world.client.send(command)).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    const { Attributes } = await world.client.send(
      new GetTopicAttributesCommand({ TopicArn: topicArn }),
    );
    expect(Attributes).toMatchObject({ SubscriptionsPending: "1", SubscriptionsConfirmed: "0" });
  });
});

describe("subscriptions of queues and functions", () => {
  it("receive SNS's message", async () => {
    const world = await startWorld();
    for (const [Protocol, Endpoint] of [
      ["sqs", queueArn],
      ["lambda", functionArn],
    ]) {
      await world.create("Subscription", { TopicArn: topicArn, Protocol, Endpoint });
    }
    const { MessageId } = await world.client.send(
      new PublishCommand({
        TopicArn: topicArn,
        Message: "hello",
        MessageAttributes: { n: { DataType: "Number", StringValue: "1" } },
      }),
    );
    await eventually(() => expect(world.invokeAsync).toHaveBeenCalledOnce());
    await eventually(() => expect(world.send).toHaveBeenCalledOnce());

    const [url, body] = world.send.mock.calls[0] ?? [];
    expect(url).toBe(`http://sqs/${account}/queue`);
    expect(await validated(body ?? "", world.ca)).toMatchObject({
      MessageId,
      Message: "hello",
      MessageAttributes: { n: { Type: "Number", Value: "1" } },
    });
    expect(world.invokeAsync).toHaveBeenCalledWith(functionArn, {
      Records: [
        {
          EventSource: "aws:sns",
          EventVersion: "1.0",
          EventSubscriptionArn: expect.stringContaining(`${topicArn}:`),
          Sns: expect.objectContaining({
            Type: "Notification",
            MessageId,
            Message: "hello",
            Subject: null,
            SigningCertUrl: expect.stringContaining(".pem"),
          }),
        },
      ],
    });
  });

  it("can receive the message alone", async () => {
    const world = await startWorld();
    const subscription = { TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn };
    await world.create("Subscription", { ...subscription, RawMessageDelivery: true });
    await world.sns.topics.publish(topicArn, { message: "raw" }, cloudwatch);
    await eventually(() => expect(world.send).toHaveBeenCalledOnce());
    expect(world.send.mock.calls[0]?.[1]).toBe("raw");
  });

  it("receive a message again after an error of their service", async () => {
    const world = await startWorld();
    world.send.mockRejectedValueOnce(new AwsError("down", { code: "Unavailable", status: 503 }));
    const subscription = { TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn };
    await world.create("Subscription", subscription);
    await world.sns.topics.publish(topicArn, { message: "page" }, cloudwatch);
    await eventually(() => expect(world.send).toHaveBeenCalledTimes(2));
    await eventually(() =>
      expect(metricsOf(world)).toMatchObject({ NumberOfNotificationsDelivered: 1 }),
    );
  });

  it("are refused by a policy, and the dead-letter queue receives the message", async () => {
    const deadLetterTargetArn = `${queueArn}-dead`;
    const access = {
      ...openAccess(),
      allowsService: (service: string, { resource }: { resource: string }) =>
        service !== "sns.amazonaws.com" || resource === deadLetterTargetArn,
    };
    const world = await startWorld({ access });
    const subscription = { TopicArn: topicArn, Protocol: "lambda", Endpoint: functionArn };
    await world.create("Subscription", { ...subscription, RedrivePolicy: { deadLetterTargetArn } });
    await world.sns.topics.publish(topicArn, { message: "page" }, cloudwatch);
    await eventually(() => expect(world.send).toHaveBeenCalledOnce());

    expect(world.send.mock.calls[0]?.[0]).toBe(`http://sqs/${account}/queue-dead`);
    expect(world.invokeAsync).not.toHaveBeenCalled();
    await eventually(() =>
      expect(metricsOf(world)).toMatchObject({
        NumberOfNotificationsFailed: 1,
        NumberOfNotificationsRedrivenToDlq: 1,
      }),
    );
  });
});

describe("a restart", () => {
  it("continues the deliveries that were not finished, and keeps confirmed subscriptions", async () => {
    const folder = await newSnsFolder();
    const first = await startWorld({ folder });
    const subscription = { TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn };
    const arn = await first.create("Subscription", subscription);
    await first.create("Subscription", { ...subscription, Endpoint: `${queueArn}-removed` });
    first.send.mockReturnValue(new Promise(() => {}));
    await first.sns.topics.publish(topicArn, { message: "page" }, cloudwatch);
    await first.sns.stop();

    const second = await startWorld({ folder });
    expect(await second.create("Subscription", subscription)).toBe(arn);
    await second.sns.open();
    await eventually(() => expect(second.send).toHaveBeenCalledOnce());
    expect(JSON.parse(second.send.mock.calls[0]?.[1] ?? "")).toMatchObject({ Message: "page" });
    await eventually(async () => expect(await readdir(join(folder, "pending"))).toEqual([]));
    const { Subscriptions } = await second.client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: topicArn }),
    );
    expect(Subscriptions?.map(({ Endpoint }) => Endpoint)).toEqual([queueArn]);
  });
});

describe("SNS", () => {
  it("lists topics and subscriptions, and deletes a subscription", async () => {
    const { client, create } = await startWorld();
    const arn = await create("Subscription", {
      TopicArn: topicArn,
      Protocol: "sqs",
      Endpoint: queueArn,
    });
    expect((await client.send(new ListTopicsCommand({}))).Topics).toEqual([{ TopicArn: topicArn }]);
    const { Attributes } = await client.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }),
    );
    expect(Attributes).toMatchObject({ Endpoint: queueArn, PendingConfirmation: "false" });
    await client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
    await expect(
      client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn })),
    ).rejects.toMatchObject({ name: "NotFoundException" });
  });

  it.each([
    [{ Message: "" }, "InvalidParameterException"],
    [{ Message: "x".repeat(262_145) }, "InvalidParameterException"],
    [{ Message: "x", Subject: "a\nb" }, "InvalidParameterException"],
    [{ Message: "x", Subject: "x".repeat(101) }, "InvalidParameterException"],
    [{ Message: "{}", MessageStructure: "json" }, "InvalidParameterException"],
    [{ Message: "x", MessageGroupId: "g" }, "InvalidParameterException"],
    [{ Message: "x", TopicArn: `${topicArn}s` }, "NotFoundException"],
  ])("refuses to publish %j", async (given, name) => {
    const { client } = await startWorld();
    const command = new PublishCommand({ TopicArn: topicArn, ...given });
    await expect(client.send(command)).rejects.toMatchObject({ name });
  });

  it.each([
    ["sms", "+15550100"],
    ["email", "nobody"],
    ["https", "http://127.0.0.1/"],
    ["sqs", "queue"],
    ["lambda", queueArn],
  ])("refuses a subscription of %s to %s", async (Protocol, Endpoint) => {
    const { client } = await startWorld();
    const command = new SubscribeCommand({ TopicArn: topicArn, Protocol, Endpoint });
    await expect(client.send(command)).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("lets a service publish only if the topic's policy and the key's policy allow it", async () => {
    const keyArn = `arn:aws:kms:${region}:${account}:key/1`;
    const asked: string[] = [];
    const access = {
      ...openAccess(),
      allowsService(service: string, { action, context }: { action: string; context?: object }) {
        asked.push(`${service} ${action} ${JSON.stringify(context)}`);
        return action !== "kms:Decrypt";
      },
    };
    const { sns, create } = await startWorld({ access });
    await create("Topic", { TopicName: "sealed", KmsMasterKeyId: keyArn });
    const arn = topicArn.replace("pages", "sealed");
    const publishing = sns.topics.publish(arn, { message: "page" }, cloudwatch);

    await expect(publishing).rejects.toMatchObject({ code: "KMSAccessDenied" });
    const context = JSON.stringify({ "aws:sourcearn": "arn:alarm", "aws:sourceaccount": account });
    expect(asked).toEqual([
      `cloudwatch.amazonaws.com sns:Publish ${context}`,
      `cloudwatch.amazonaws.com kms:GenerateDataKey ${context}`,
      `cloudwatch.amazonaws.com kms:Decrypt ${context}`,
    ]);
  });

  it("is not reachable while it is stopped", async () => {
    const { sns } = await startWorld();
    sns.setFaults({ conditions: { topics: { isStopped: true } }, peers: {} });
    const publishing = sns.topics.publish(topicArn, { message: "page" }, cloudwatch);
    await expect(publishing).rejects.toThrow("topics has stopped");
  });

  it("refuses a topic with properties that are not supported", async () => {
    const { create } = await startWorld();
    await expect(create("Topic", { FifoTopic: true })).rejects.toThrow("FifoTopic");
    const subscription = { TopicArn: topicArn, Protocol: "sqs", Endpoint: queueArn };
    await expect(create("Subscription", { ...subscription, FilterPolicy: {} })).rejects.toThrow(
      "FilterPolicy",
    );
  });
});
