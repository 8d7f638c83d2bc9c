import { createHash, createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { awsEventBridge } from "#shared/integration/kind/awsEventBridge.ts";
import { awsSqs } from "#shared/integration/kind/awsSqs.ts";
import { classifyFailure } from "#shared/integration/request/classifyResponse.ts";
import { Failure } from "#shared/platform/failure.ts";
import type { TargetReply } from "#shared/target/target.ts";
import { anEvent, anIntegration, deviceId, someTime } from "../../../memory/samples.ts";
import { type Got, send, sending, vendor } from "./vendor.ts";

const keys = {
  access_key_id: "AKIDEXAMPLE00000",
  secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const hex = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) =>
  createHmac("sha256", key).update(text).digest();

/**
 * Whether a request has a valid AWS signature:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
const isSigned = ({ method, url, headers, body }: Got, region: string, service: string) => {
  const pattern = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/;
  const [, credential = "", names = "", signature] =
    pattern.exec(headers.authorization ?? "") ?? [];
  const time = String(headers["x-amz-date"]);
  const day = time.slice(0, 8);
  const scope = `${day}/${region}/${service}/aws4_request`;
  const canonical = [
    method,
    url.pathname,
    "",
    ...names.split(";").map((name) => `${name}:${String(headers[name]).trim()}`),
    "",
    names,
    hex(body),
  ].join("\n");
  const said = ["AWS4-HMAC-SHA256", time, scope, hex(canonical)].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${keys.secret_access_key}`,
  );
  return (
    credential === `${keys.access_key_id}/${scope}` &&
    names.split(";").includes("host") &&
    names.split(";").includes("x-amz-target") &&
    headers.host === url.host &&
    time === `${new Date(someTime).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z` &&
    hmac(key, said).toString("hex") === signature
  );
};

const failureOf = async (sent: Promise<TargetReply>): Promise<Failure> => {
  const failure = await sent.catch((error: unknown) => error);
  if (failure instanceof Failure) return failure;
  throw new Error("there was no failure");
};

/** An error reply of AWS's JSON protocol. */
const refusing = async (type: string) => {
  const made = await vendor(() => ({ status: 400, body: { __type: type, message: "no" } }));
  closing.push(made.close);
  return made.sendDeps;
};

describe("an event bus", () => {
  const integration = {
    ...anIntegration(),
    region: "eu-central-1",
    event_bus: "mine",
    source: "godwit",
    ...keys,
  };
  const bus = async (errorCode?: string) => {
    const made = await vendor((got) => {
      if (got.url.href !== "https://events.eu-central-1.amazonaws.com/") return { status: 404 };
      if (!isSigned(got, "eu-central-1", "events")) return { status: 403 };
      const right =
        got.headers["x-amz-target"] === "AWSEvents.PutEvents" &&
        got.headers["content-type"] === "application/x-amz-json-1.1";
      const isTaken = errorCode === undefined;
      const Entries = [isTaken ? { EventId: "1" } : { ErrorCode: errorCode }];
      const body = { FailedEntryCount: isTaken ? 0 : 1, Entries };
      return right ? { status: 200, body } : { status: 400 };
    });
    closing.push(made.close);
    return made;
  };

  it("receives the event, signed with the owner's keys", async () => {
    const { sendDeps, got } = await bus();
    expect(await send(awsEventBridge, integration, sending, sendDeps)).toMatchObject({
      status: 200,
    });
    const [entry] = JSON.parse(got[0]!.body).Entries;
    expect(entry).toMatchObject({
      EventBusName: "mine",
      Source: "godwit",
      DetailType: "temperature",
      Time: someTime / 1_000,
    });
    expect(JSON.parse(entry.Detail)).toMatchObject({ data: "21.5", device_id: deviceId });
  });

  it("that replies 200 for a rejected entry fails", async () => {
    const { sendDeps } = await bus("InternalFailure");
    await expect(send(awsEventBridge, integration, sending, sendDeps)).rejects.toMatchObject({
      code: "target_unavailable",
      message: expect.stringContaining("InternalFailure"),
    });
  });

  it("that replies 200 for a throttled entry counts as overloaded, like a 429", async () => {
    const { sendDeps } = await bus("ThrottlingException");
    const failure = await failureOf(send(awsEventBridge, integration, sending, sendDeps));
    expect(failure.message).toContain("ThrottlingException");
    expect(classifyFailure(failure)).toBe("overloaded");
  });

  it("receives the same id for every attempt, unless a template replaces the message", () => {
    const detail = (json?: Record<string, unknown>) => {
      const { body } = awsEventBridge.render({ ...integration, json }, sending);
      return JSON.parse(JSON.parse(body!).Entries[0].Detail);
    };
    expect(detail()).toMatchObject({ delivery_id: "msg_1" });
    expect(detail({ a: 1 })).toEqual({ a: 1 });
  });

  it("refuses another key", async () => {
    const { sendDeps } = await bus();
    const wrong = { ...integration, secret_access_key: "x".repeat(40) };
    expect(await send(awsEventBridge, wrong, sending, sendDeps)).toMatchObject({ status: 403 });
  });
});

describe("a queue", () => {
  const url = "https://sqs.us-west-2.amazonaws.com/123456789012/events";
  const integration = {
    ...anIntegration(),
    queue_url: url,
    ...keys,
  };

  it("receives the event, signed with the owner's keys", async () => {
    const made = await vendor((got) => {
      if (got.url.href !== "https://sqs.us-west-2.amazonaws.com/") return { status: 404 };
      const right =
        got.headers["x-amz-target"] === "AmazonSQS.SendMessage" &&
        got.headers["content-type"] === "application/x-amz-json-1.0";
      return { status: right && isSigned(got, "us-west-2", "sqs") ? 200 : 403 };
    });
    closing.push(made.close);
    const event = anEvent({ name: "temp/é" });
    const one = { id: "msg_1", event };
    expect(await send(awsSqs, integration, one, made.sendDeps)).toMatchObject({ status: 200 });
    const { QueueUrl, MessageBody, MessageGroupId } = JSON.parse(made.got[0]!.body);
    expect([QueueUrl, MessageGroupId]).toEqual([url, undefined]);
    expect(JSON.parse(MessageBody)).toMatchObject({ event: "temp/é", device_id: deviceId });
  });

  it.each([
    "com.amazonaws.sqs#RequestThrottled",
    "com.amazon.coral.service#ThrottlingException",
    "ThrottlingException",
    "com.amazonaws.sqs#KmsThrottled",
  ])(
    "that replies 400 with %s counts as overloaded, like a 429, and so does a bus",
    async (type) => {
      const sendDeps = await refusing(type);
      const bus = { ...anIntegration(), region: "us-west-2", event_bus: "b", source: "s", ...keys };
      for (const sent of [
        send(awsSqs, integration, sending, sendDeps),
        send(awsEventBridge, bus, sending, sendDeps),
      ]) {
        const failure = await failureOf(sent);
        expect(failure.message).toContain("Throttl");
        expect(classifyFailure(failure)).toBe("overloaded");
      }
    },
  );

  it("that rejects the message itself returns its reply", async () => {
    const sendDeps = await refusing("com.amazonaws.sqs#InvalidMessageContents");
    expect(await send(awsSqs, integration, sending, sendDeps)).toMatchObject({ status: 400 });
  });

  it("of type FIFO has a group per device and drops duplicates", () => {
    const { body } = awsSqs.render({ ...integration, queue_url: `${url}.fifo` }, sending);
    expect(JSON.parse(body!)).toMatchObject({
      MessageGroupId: deviceId,
      MessageDeduplicationId: "msg_1",
    });
  });
});

it("makes no request of an event that the service would reject", () => {
  const text = anEvent({ data: Buffer.from('"').toString("base64") });
  const one = { id: "msg_1", event: text };
  const busOf = { ...anIntegration(), region: "us-west-2", event_bus: "b", source: "s", ...keys };
  const json = '{"v":"{{{PARTICLE_EVENT_VALUE}}}"}';
  expect(() => awsEventBridge.render({ ...busOf, json }, one)).toThrow(/not a JSON object/);
  const queueOf = {
    ...anIntegration(),
    queue_url: "https://sqs.us-west-2.amazonaws.com/123456789012/q",
    ...keys,
  };
  for (const wrong of ["{{none}}", "a\u0000b"]) {
    expect(() => awsSqs.render({ ...queueOf, json: wrong }, one)).toThrow(/no request can be made/);
  }
});
