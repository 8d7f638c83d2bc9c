import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SNSClient } from "@aws-sdk/client-sns";
import { onTestFinished, vi } from "vitest";
import { type Authority, openAuthority } from "../../../local/iot/certificate/authority.ts";
import { openSigner } from "../../../local/sns/signer.ts";
import { type Sns, type SnsOptions, startSns } from "../../../local/sns/sns.ts";

export const region = "us-east-1";
export const account = "000000000000";
const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
export const topicArn = `arn:aws:sns:${region}:${account}:pages`;

/** A certificate authority for the tests of a file. */
let authority: Promise<Authority> | undefined;

const authorityOf = async (): Promise<Authority> => {
  authority ??= mkdtemp(join(tmpdir(), "sns-ca-")).then(openAuthority);
  return await authority;
};

export const newSnsFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "sns-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

export interface World {
  readonly sns: Sns;
  readonly client: SNSClient;
  readonly ca: string;
  readonly mails: string[];
  readonly invokeAsync: ReturnType<typeof vi.fn<(arn: string, event: unknown) => void>>;
  readonly send: ReturnType<typeof vi.fn<(url: string, body: string) => Promise<void>>>;
  readonly log: ReturnType<typeof vi.fn>;
  create(type: "Topic" | "Subscription", properties: Record<string, unknown>): Promise<string>;
}

/** SNS with the topic `pages` and targets that record what they receive. */
export const startWorld = async (options: Partial<SnsOptions> = {}): Promise<World> => {
  const { caPem, server, certifyService } = await authorityOf();
  const mails: string[] = [];
  const invokeAsync = vi.fn<(arn: string, event: unknown) => void>();
  const send = vi.fn(async (_url: string, _body: string) => {});
  const log = vi.fn();
  const sns = await startSns({
    region,
    account,
    credentials,
    folder: options.folder ?? (await newSnsFolder()),
    services: {
      lambda: { invokeAsync },
      queues: { send },
      queuesUrl: "http://sqs",
      saveEmail: async (text) => void mails.push(text),
      ca: caPem,
    },
    signer: openSigner((key) => certifyService("sns.amazonaws.com", key)),
    server,
    log,
    ...options,
  });
  const client = new SNSClient({ region, credentials, endpoint: sns.url, maxAttempts: 1 });
  onTestFinished(async () => {
    client.destroy();
    await sns.stop();
  });
  const create: World["create"] = async (type, properties) => {
    const provider = sns.providers.find((each) => each.type === `AWS::SNS::${type}`)!;
    const place = { stack: "Stack", logicalId: `R${randomUUID()}`, region, account };
    return (await provider.create(provider.properties.parse(properties), place)).ref;
  };
  await create("Topic", { TopicName: "pages", DisplayName: "Godwit pages" });
  return { sns, client, ca: caPem, mails, invokeAsync, send, log, create };
};

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An HTTP endpoint that answers with these statuses, and then with 200. */
export const startEndpoint = async (...statuses: number[]) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
};
