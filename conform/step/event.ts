import { createServer } from "node:http";
import { join } from "node:path";
import mqtt from "mqtt";
import * as z from "zod";
import { invokeAt } from "../../admin/invoke.ts";
import { stopLater } from "../../bench/system/cleanup.ts";
import { listen } from "../../bench/system/listen.ts";
import { readOutputs } from "../cdk.ts";
import type { Emulator } from "../emulator/emulator.ts";
import { eventMsMax } from "../limits.ts";
import type { Deployment, StepResult } from "./step.ts";

const password = "a long password";
const region = "us-east-1";

const device = z.object({
  id: z.string(),
  fleet: z.string(),
  certificate: z.string(),
  privateKey: z.string(),
});

const token = z.object({ access_token: z.string() });

/**
 * Sends an event from a device over MQTT with its certificate to a webhook, through the deployed
 * rule, queues and functions, and waits for the webhook and for the acknowledgment of the event.
 */
export const sendEvent = async (deployment: Deployment, step: string): Promise<StepResult> => {
  const { mqttUrl, apiUrl } = deployment.emulator;
  if (mqttUrl === undefined || apiUrl === undefined) {
    const text = "the emulator has no MQTT broker, or runs functions only with Docker";
    return { done: "not possible", findings: [{ step, text }] };
  }
  const timeout = AbortSignal.timeout(eventMsMax);
  try {
    const { stage, id } = await findApi(deployment);
    await deliver(deployment.emulator, mqttUrl, apiUrl(id, stage), timeout);
    return { done: "an event reaches its webhook and is acknowledged", findings: [] };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { done: "failed", findings: [{ step, text }] };
  }
};

const findApi = async ({ folder }: Deployment) => {
  const outputs = await readOutputs(join(folder, "outputs.json"));
  const url = outputs[`Godwit-Api-${region}`]?.ApiUrl ?? "";
  const [, id, stage] = /^https:\/\/([^.]+)\.[^/]+\/([^/]+)/.exec(url) ?? [];
  if (id === undefined || stage === undefined) throw new Error("the stack has no output ApiUrl");
  return { id, stage };
};

const deliver = async (
  { url }: Emulator,
  mqttUrl: string,
  api: string,
  signal: AbortSignal,
): Promise<void> => {
  const admin = invokeAt({
    function: "godwit-admin",
    region,
    endpoint: url,
    accessKeyId: "test",
    secretAccessKey: "test",
  });
  await admin({ addUser: { username: "ada", password, replace: false } });
  const { id, fleet, certificate, privateKey } = device.parse(
    await admin({ addDevice: { username: "ada", name: "one" } }),
  );
  const target = await startTarget();
  const request = requestAt(api, signal);
  const form = new URLSearchParams({ grant_type: "password", username: "ada", password });
  const basic = `Basic ${Buffer.from("particle:particle").toString("base64")}`;
  const { access_token } = token.parse(await request("/oauth/token", form, basic));
  const webhook = { integration_type: "Webhook", event: "conform", url: target.url };
  await request("/v1/integrations", JSON.stringify(webhook), `Bearer ${access_token}`);
  const client = await mqtt.connectAsync(mqttUrl, {
    clientId: id,
    cert: certificate,
    key: privateKey,
    // The server of the emulator has a certificate that it made itself.
    rejectUnauthorized: false,
    reconnectPeriod: 0,
  });
  const disconnect = stopLater(() => client.endAsync(true));
  try {
    await client.subscribeAsync(`acks/${id}`, { qos: 1 });
    const { promise: acked, resolve: hasAck } = Promise.withResolvers<void>();
    client.once("message", () => hasAck());
    const topic = `events/${fleet}/${id}/conform/?id=0123456789abcdef`;
    await client.publishAsync(topic, "21.5", { qos: 1 });
    const body = await late(target.body, signal, "the webhook received nothing");
    if (!body.includes("21.5")) throw new Error(`the webhook received ${body.slice(0, 100)}`);
    await late(acked, signal, "the device received no acknowledgment");
  } finally {
    await disconnect();
    await target.stop();
  }
};

/** A webhook that resolves `body` with the first request. */
const startTarget = async () => {
  const { promise: body, resolve } = Promise.withResolvers<string>();
  const server = createServer(async (incoming, response) => {
    let text = "";
    for await (const chunk of incoming.setEncoding("utf8")) text += chunk;
    response.end("{}");
    resolve(text);
  });
  return { ...(await listen(server)), body };
};

const requestAt =
  (api: string, signal: AbortSignal) =>
  async (path: string, body: string | URLSearchParams, authorization: string): Promise<unknown> => {
    const headers = {
      authorization,
      ...(typeof body === "string" && { "content-type": "application/json" }),
    };
    const response = await fetch(`${api}${path}`, { method: "POST", headers, body, signal });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text.slice(0, 200)}`);
    return JSON.parse(text);
  };

const late = async <T>(waiting: Promise<T>, signal: AbortSignal, what: string): Promise<T> => {
  const { promise, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(new Error(what));
  signal.addEventListener("abort", fail, { once: true });
  return Promise.race([waiting, promise]).finally(() => signal.removeEventListener("abort", fail));
};
