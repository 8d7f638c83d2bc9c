import { createHash, createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { awsEventBridge } from "#shared/integration/kinds/awsEventBridge.ts";
import { awsSqs } from "#shared/integration/kinds/awsSqs.ts";
import { anEvent, anIntegration, deviceId, someTime } from "../../../memory/samples.ts";
import { type Got, sending, vendor } from "./vendor.ts";

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

/** Whether a request is signed as AWS says: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
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

describe("an event bus", () => {
  const integration = {
    ...anIntegration(),
    region: "eu-central-1",
    event_bus: "mine",
    source: "godwit",
    ...keys,
  };
  const bus = async (failed = 0) => {
    const made = await vendor((got) => {
      if (got.url.href !== "https://events.eu-central-1.amazonaws.com/") return { status: 404 };
      if (!isSigned(got, "eu-central-1", "events")) return { status: 403 };
      const right =
        got.headers["x-amz-target"] === "AWSEvents.PutEvents" &&
        got.headers["content-type"] === "application/x-amz-json-1.1";
      const Entries = [failed === 0 ? { EventId: "1" } : { ErrorCode: "ThrottlingException" }];
      return right ? { status: 200, body: { FailedEntryCount: failed, Entries } } : { status: 400 };
    });
    closing.push(made.close);
    return made;
  };

  it("gets the event, signed with the keys of its owner", async () => {
    const { means, got } = await bus();
    expect(await awsEventBridge.send(integration, sending, means)).toMatchObject({ status: 200 });
    const [entry] = JSON.parse(got[0]!.body).Entries;
    expect(entry).toMatchObject({
      EventBusName: "mine",
      Source: "godwit",
      DetailType: "temperature",
      Time: someTime / 1_000,
    });
    expect(JSON.parse(entry.Detail)).toMatchObject({ data: "21.5", device_id: deviceId });
  });

  it("that answers 200 and has not taken it has not taken it", async () => {
    const { means } = await bus(1);
    await expect(awsEventBridge.send(integration, sending, means)).rejects.toMatchObject({
      code: "target_unavailable",
      message: expect.stringContaining("ThrottlingException"),
    });
  });

  it("refuses another key", async () => {
    const { means } = await bus();
    const wrong = { ...integration, secret_access_key: "x".repeat(40) };
    expect(await awsEventBridge.send(wrong, sending, means)).toMatchObject({ status: 403 });
  });
});

describe("a queue", () => {
  const url = "https://sqs.us-west-2.amazonaws.com/123456789012/events";
  const integration = { ...anIntegration(), queue_url: url, ...keys };

  it("gets the event, signed with the keys of its owner", async () => {
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
    expect(await awsSqs.send(integration, one, made.means)).toMatchObject({ status: 200 });
    const { QueueUrl, MessageBody, MessageGroupId } = JSON.parse(made.got[0]!.body);
    expect([QueueUrl, MessageGroupId]).toEqual([url, undefined]);
    expect(JSON.parse(MessageBody)).toMatchObject({ event: "temp/é", device_id: deviceId });
  });

  it("that keeps an order keeps it for each device, and takes a repeat once", () => {
    const { body } = awsSqs.render({ ...integration, queue_url: `${url}.fifo` }, sending);
    expect(JSON.parse(body!)).toMatchObject({
      MessageGroupId: deviceId,
      MessageDeduplicationId: "msg_1",
    });
  });
});
