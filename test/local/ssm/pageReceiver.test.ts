import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect, it, onTestFinished } from "vitest";
import { ssmPageSecrets } from "#shared/aws/paging/pageSecrets.ts";
import { httpPost } from "#shared/http/post.ts";
import type { Receiver } from "#shared/paging/receiver.ts";
import { runWatch, type WatchDeps } from "#shared/paging/runWatch.ts";
import { sendPage } from "#shared/paging/sendPage.ts";
import { startSsm } from "../../../local/ssm/ssm.ts";
import { sampleAlarm } from "../../contracts/alarm/alarmStates.ts";
import { memoryAlarmStates } from "../../memory/alarm/alarmStates.ts";
import { memoryHeartbeats } from "../../memory/paging/heartbeats.ts";
import { deliveryWorld } from "../../shared/paging/support/samples.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
const key = Buffer.from("a key of at least 24 bytes for pages");

const startParameters = async () => {
  const folder = await mkdtemp(join(tmpdir(), "ssm-test-"));
  const options = { folder, region, account: "000000000000", credentials, log: () => {} };
  const ssm = await startSsm(options);
  const client = new SSMClient({ region, credentials, endpoint: ssm.url, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await ssm.stop();
    await rm(folder, { recursive: true, force: true });
  });
  process.env.AWS_REGION = region;
  process.env.AWS_ACCESS_KEY_ID = credentials.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = credentials.secretAccessKey;
  process.env.AWS_ENDPOINT_URL_SSM = ssm.url;
  return client;
};

/** A receiver that records what arrives. */
const startReceiver = async () => {
  const received: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, received };
};

it("a receiver with a SecureString gets a page that is signed with it", async () => {
  const client = await startParameters();
  const { url, received } = await startReceiver();
  const Name = "/godwit/pages/webhook";
  const receiver: Receiver = { kind: "webhook", name: "bridge", url, secret: Name };
  const { deps, world } = deliveryWorld([receiver]);
  const errors: unknown[] = [];
  const onError = (_: string, error: unknown) => void errors.push(error);
  const secrets = ssmPageSecrets(() => world.now, onError);
  const post = httpPost({ targets: "any", timeoutMs: 5_000 });
  const alarms = memoryAlarmStates();
  const all: WatchDeps = {
    ...deps,
    send: (notice, to) => sendPage(notice, to, { post, secrets, mailer: undefined }),
    region,
    regions: [region],
    furtherRegions: [],
    alarms,
    groupedArticles: [],
    hasActions: async () => true,
    ackUrlOf: async () => undefined,
    heartbeats: memoryHeartbeats(),
    tellSilence: async () => {},
    tellProblem: async () => {},
    sendHeartbeat: async () => {},
    moreReadings: async () => [],
    onError,
  };
  alarms.alarms.push(sampleAlarm());
  await runWatch({ isScheduled: false, changes: [] }, all, {});
  // Without the parameter, nothing is sent, and the page stays due.
  expect(received).toEqual([]);

  const Value = `whsec_${key.toString("base64")}`;
  await client.send(new PutParameterCommand({ Name, Value, Type: "SecureString" }));
  world.now += 60 * 60_000;
  await runWatch({ isScheduled: false, changes: [] }, all, {});
  const [{ headers, body } = { headers: {}, body: "" }] = received;
  expect(JSON.parse(body)).toMatchObject({ type: "page.trigger" });
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const signature = createHmac("sha256", key).update(signed).digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
});
