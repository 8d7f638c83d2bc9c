import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { startEvents } from "../../../local/events/events.ts";
import { ConnectionCut } from "../../../local/fault/connectionCut.ts";
import { openAccess } from "../../../local/iam/access.ts";
import { collected, sumsOf } from "../support/collected.ts";
import { account, credentials, region, startWorld } from "./world.ts";

const ended = {
  source: "aws.cloudwatch",
  detailType: "CloudWatch Alarm State Change",
  detail: { alarmName: "Godwit-A", state: { value: "OK" } },
  resources: ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:Godwit-A"],
  time: new Date("2026-01-02T03:04:05Z"),
};
const EventPattern = { source: ["aws.cloudwatch"], detail: { state: { value: ["OK"] } } };
const topic = `arn:aws:sns:${region}:${account}:pages`;
const queue = `arn:aws:sqs:${region}:${account}:queue`;
const fn = `arn:aws:lambda:${region}:${account}:function:fn`;
const targets = (...arns: string[]) => arns.map((Arn, i) => ({ Id: `T${i}`, Arn }));

describe("a rule with an event pattern", () => {
  it("passes a matching event to functions, topics and queues", async () => {
    const { events, addRule, invokeAsync, publish, send } = await startWorld();
    addRule({ Name: "ended", EventPattern, Targets: targets(fn, topic, queue) });
    events.bus.put(ended);
    events.bus.put({ ...ended, detail: { state: { value: "ALARM" } } });
    await vi.waitFor(() => expect(send).toHaveBeenCalledOnce());

    const event = expect.objectContaining({
      "detail-type": "CloudWatch Alarm State Change",
      region,
      account,
      time: "2026-01-02T03:04:05Z",
      detail: ended.detail,
    });
    expect(invokeAsync.mock.calls).toEqual([[fn, event]]);
    const text = expect.stringContaining('"alarmName":"Godwit-A"');
    const publisher = { service: "events.amazonaws.com" };
    expect(publish.mock.calls).toEqual([[topic, { message: text }, publisher]]);
    expect(send.mock.calls).toEqual([[`http://sqs/${account}/queue`, text]]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sumsOf(collected(events.metrics), { RuleName: "ended" })).toEqual({
      MatchedEvents: 1,
      TriggeredRules: 1,
      InvocationAttempts: 3,
      Invocations: 3,
    });
  });

  it("does not pass an event to a queue whose policy does not allow it", async () => {
    const access = { ...openAccess(), allowsService: () => false };
    const { events, addRule, send, log } = await startWorld({ access });
    addRule({ Name: "ended", EventPattern, Targets: targets(queue) });
    events.bus.put(ended);
    await vi.waitFor(() => expect(log).toHaveBeenCalledOnce());

    expect(send).not.toHaveBeenCalled();
    expect(sumsOf(collected(events.metrics), { RuleName: "ended" })).toMatchObject({
      FailedInvocations: 1,
      InvocationAttempts: 1,
    });
  });

  it("repeats an invocation whose service was not available", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { events, addRule, send } = await startWorld();
    send.mockRejectedValueOnce(new ConnectionCut("queues has stopped"));
    addRule({ Name: "ended", EventPattern, Targets: targets(queue) });
    events.bus.put(ended);
    await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(2), 5_000);

    expect(sumsOf(collected(events.metrics), { RuleName: "ended" })).toMatchObject({
      InvocationAttempts: 2,
      RetryInvocationAttempts: 1,
      Invocations: 1,
    });
  });

  it("sends an event to the dead-letter queue after its last attempt", async () => {
    const { events, addRule, send, invokeAsync } = await startWorld();
    invokeAsync.mockImplementation(() => {
      throw new ConnectionCut("functions has stopped");
    });
    const [target] = targets(fn);
    const RetryPolicy = { MaximumRetryAttempts: 0 };
    const DeadLetterConfig = { Arn: queue };
    addRule({
      Name: "ended",
      EventPattern,
      Targets: [{ ...target, RetryPolicy, DeadLetterConfig }],
    });
    events.bus.put(ended);
    await vi.waitFor(() => expect(send).toHaveBeenCalledOnce());

    await vi.waitFor(() =>
      expect(sumsOf(collected(events.metrics), { RuleName: "ended" })).toMatchObject({
        FailedInvocations: 1,
        InvocationsSentToDlq: 1,
      }),
    );
  });

  it("receives the events of a stopped EventBridge when it runs again", async () => {
    const { events, addRule, invokeAsync } = await startWorld();
    addRule({ EventPattern, Targets: targets(fn) });
    events.setFaults({ conditions: { events: { isStopped: true } }, peers: {} });
    events.bus.put(ended);
    await new Promise((resolve) => setImmediate(resolve));
    expect(invokeAsync).not.toHaveBeenCalled();
    events.setFaults({ conditions: {}, peers: {} });
    await vi.waitFor(() => expect(invokeAsync).toHaveBeenCalledOnce());
  });
});

describe("the bus of another region", () => {
  const remote = "arn:aws:events:eu-west-1:000000000000:event-bus/default";
  const RoleArn = "arn:aws:iam::000000000000:role/forward";

  const startPair = async () => {
    const near = await startWorld();
    const far = await startWorld({ region: "eu-west-1" });
    near.events.connect(new Map([["eu-west-1", far.events]]));
    far.events.connect(new Map([[region, near.events]]));
    return { near, far };
  };

  it("receives the event with its own region, and passes it on to no third bus", async () => {
    const { near, far } = await startPair();
    const forward = (Arn: string) => ({ EventPattern, Targets: [{ Id: "T", Arn, RoleArn }] });
    near.addRule(forward(remote));
    far.addRule(forward(`arn:aws:events:${region}:${account}:event-bus/default`));
    const farFunction = fn.replace(region, "eu-west-1");
    far.addRule({ EventPattern, Targets: targets(farFunction) });
    near.addRule({ EventPattern, Targets: targets(fn) });
    near.events.bus.put(ended);
    await vi.waitFor(() => expect(far.invokeAsync).toHaveBeenCalledOnce());

    const event = expect.objectContaining({ region, detail: ended.detail });
    expect(far.invokeAsync).toHaveBeenCalledWith(farFunction, event);
    await new Promise((resolve) => setImmediate(resolve));
    expect(near.invokeAsync).toHaveBeenCalledOnce();
  });

  it("requires a role that may put events there", async () => {
    const access = {
      ...openAccess(),
      allowsService: () => true,
      authorizeRole: vi.fn(() => {
        throw new Error("not authorized");
      }),
    };
    const { events, addRule, log } = await startWorld({ access });
    addRule({ EventPattern, Targets: [{ Id: "T", Arn: remote, RoleArn }] });
    events.bus.put(ended);
    await vi.waitFor(() => expect(log).toHaveBeenCalledOnce());

    const permission = { action: "events:PutEvents", resource: remote };
    expect(access.authorizeRole).toHaveBeenCalledWith(RoleArn, permission);
    expect(() => addRule({ EventPattern, Targets: targets(remote) })).toThrow("RoleArn");
  });
});

describe("a rule is refused by name", () => {
  it.each([
    ["that has neither a pattern nor a schedule", { Targets: [] }, "EventPattern"],
    [
      "with a target of another service",
      { EventPattern, Targets: targets("arn:aws:kinesis:us-east-1:000000000000:stream/s") },
      "kinesis",
    ],
    [
      "with a queue of another region",
      { EventPattern, Targets: targets("arn:aws:sqs:eu-west-1:000000000000:queue") },
      "eu-west-1",
    ],
    ["of another bus", { EventPattern, EventBusName: "mine" }, "EventBusName"],
    ["with an unknown property", { EventPattern, Sender: 1 }, "Sender"],
    [
      "with an unknown property of a target",
      { EventPattern, Targets: [{ Id: "T", Arn: fn, KinesisParameters: {} }] },
      "KinesisParameters",
    ],
  ])("%s", async (_, rule, name) => {
    const { addRule } = await startWorld();
    expect(() => addRule(rule)).toThrow(name);
  });
});

describe("PutEvents", () => {
  const put = async (
    events: Awaited<ReturnType<typeof startEvents>>,
    Entries: readonly object[],
    roleKey?: string,
  ) => {
    const { status, body } = await events.handle({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": "AWSEvents.PutEvents" },
      body: Buffer.from(JSON.stringify({ Entries })),
      ...(roleKey !== undefined && { roleKey }),
    });
    return { status, body: JSON.parse(String(body)) };
  };
  const entry = { Source: "godwit", DetailType: "Test", Detail: '{"a":1}' };

  it("puts the valid entries and reports the others in their places", async () => {
    const { events, addRule, invokeAsync } = await startWorld();
    addRule({ EventPattern: { source: ["godwit"] }, Targets: targets(fn) });
    const { status, body } = await put(events, [
      entry,
      { ...entry, Source: "aws.ec2" },
      { ...entry, Detail: "[]" },
      { ...entry, DetailType: undefined },
      { ...entry, EventBusName: "other" },
    ]);

    expect(status).toBe(200);
    expect(body.FailedEntryCount).toBe(4);
    expect(body.Entries.map((one: { ErrorCode?: string }) => one.ErrorCode)).toEqual([
      undefined,
      "NotAuthorizedForSourceException",
      "MalformedDetail",
      "InvalidArgument",
      "ResourceNotFoundException",
    ]);
    await vi.waitFor(() => expect(invokeAsync).toHaveBeenCalledOnce());
    expect(invokeAsync.mock.calls[0]?.[1]).toMatchObject({ id: body.Entries[0].EventId });
  });

  it("refuses a role without the permission, and more entries than EventBridge accepts", async () => {
    const authorize = vi.fn(() => {
      throw new Error("not authorized");
    });
    const { events } = await startWorld({ access: { ...openAccess(), authorize } });
    expect((await put(events, [entry], "ROLE")).status).toBe(500);
    const resource = `arn:aws:events:${region}:${account}:event-bus/default`;
    expect(authorize).toHaveBeenCalledWith("ROLE", [{ action: "events:PutEvents", resource }]);

    const many = await put(
      events,
      Array.from({ length: 11 }, () => entry),
    );
    expect(many).toMatchObject({ status: 400, body: { __type: "ValidationException" } });
  });

  it("does not exist without credentials", async () => {
    const { events } = await startWorld();
    const response = await fetch(events.url, { method: "POST", body: "{}" });
    expect(response.status).toBe(403);
    expect(credentials.accessKeyId).toBe("key");
  });
});
