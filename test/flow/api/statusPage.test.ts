import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { invokeAt } from "../../../admin/invoke.ts";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient } from "../support/client.ts";
import { control } from "../support/control.ts";
import { mailsTo } from "../support/mails.ts";
import { startTestCloud } from "../support/testCloud.ts";
import { until } from "../support/until.ts";

let cloud: Cloud;
/** Invokes a function by its name. */
let invoke: (name: string, request: object) => Promise<unknown>;
let operator: string;

beforeAll(async () => {
  cloud = await startTestCloud();
  const place = JSON.parse(await readFile(join(cloud.state, "admin.json"), "utf8"));
  invoke = (name, request) => invokeAt({ ...place, function: name })(request);
  const { username } = cloud.user;
  const made = await invoke("godwit-admin", { addToken: { username, operator: true } });
  operator = Object(made).token;
});
afterAll(() => cloud.stop());

const region = "us-east-1";
const affected = [{ component: "events", region, status: "degraded_performance" }];
const incident = { name: "Events are slow", body: "We look.", affected };

/** Sends a form as a browser without scripts does. */
const form = (path: string, fields: Record<string, string>) =>
  fetch(`${cloud.api}${path}`, {
    method: "POST",
    headers: { accept: "text/html", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields),
  });

const linkIn = (mail: string | undefined, page: string): string | undefined =>
  new RegExp(`http:\\S+/${page}\\?token=[\\w.-]+`).exec(mail ?? "")?.[0];

const newestMail = async (address: string) => (await mailsTo(cloud, address)).at(-1);

/** The path and the token of a link. */
const parts = (link: string) => {
  const { pathname, searchParams } = new URL(link);
  return { path: pathname, token: searchParams.get("token") ?? "" };
};

describe("a reader of the status page", () => {
  const address = "reader@example.com";

  it("subscribes by a form and a click, gets an incident's update, and leaves by one click", async () => {
    const subscribed = await form("/v1/status/subscriptions", {
      email: address,
      webhook: "",
      "components[]": "events",
    });
    expect(subscribed.status).toBe(202);
    expect(await subscribed.text()).toContain("<h1>Almost done</h1>");
    const link = await until("the mail with the link", async () =>
      linkIn(await newestMail(address), "confirm"),
    );
    // A scanner of links opens the page: nothing is confirmed.
    const page = await fetch(link, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await page.text()).toContain("Messages about Events in all regions.");
    const { path, token } = parts(link);
    expect((await form(path, { token })).status).toBe(200);

    const ask = apiClient(cloud, operator);
    const opened = await ask("POST", "/v1/status/incidents", incident);
    expect(opened).toMatchObject({ status: 201, body: { incident: { impact: "minor" } } });
    await invoke("godwit-notify", {});
    const mail = (await newestMail(address)) ?? "";
    expect(mail).toContain("Subject: [Godwit] Investigating: Events are slow");
    expect(mail).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    const { id } = opened.body.incident;
    const notices = await ask("GET", `/v1/status/incidents/${id}/notices`);
    expect(notices.body.notices).toMatchObject([{ target: address, state: "delivered" }]);

    const unsubscribe = linkIn(mail, "unsubscribe") ?? "";
    await fetch(unsubscribe, { headers: { accept: "text/html" } });
    const isSubscribed = async () =>
      (await fetch(unsubscribe, { headers: { accept: "application/json" } })).status === 200;
    expect(await isSubscribed()).toBe(true);
    const left = await fetch(unsubscribe, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "List-Unsubscribe=One-Click",
    });
    expect(left.status).toBe(200);
    expect(await isSubscribed()).toBe(false);
    const before = (await mailsTo(cloud, address)).length;
    await ask("POST", `/v1/status/incidents/${id}`, { body: "Over.", status: "resolved" });
    await invoke("godwit-notify", {});
    expect(await mailsTo(cloud, address)).toHaveLength(before);
  });

  it("gets a page for a wrong link, and JSON as a program", async () => {
    const token = `s-${"0".repeat(24)}.${"x".repeat(43)}`;
    const wrong = await form("/v1/status/subscriptions/confirm", { token });
    expect(wrong.status).toBe(400);
    expect(await wrong.text()).toContain("<h1>This did not work</h1>");
    const ask = apiClient(cloud);
    const refused = await ask("POST", "/v1/status/subscriptions/confirm", { token });
    expect(refused).toMatchObject({ status: 400, body: { ok: false, error: "invalid_grant" } });
  });
});

describe("a webhook of the status page", () => {
  it("is verified by a challenge, and gets Statuspage's payloads", async () => {
    const received: { headers: object; body: string }[] = [];
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      received.push({ headers: request.headers, body });
      // Any answer that contains the challenge.
      response.end(body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as { port: number };
    const ask = apiClient(cloud);
    const webhook = `http://127.0.0.1:${port}/hook`;
    const made = await ask("POST", "/v1/status/subscriptions", { webhook, components: ["events"] });
    expect(made).toMatchObject({ status: 202, body: { signing_secret: expect.any(String) } });
    await invoke("godwit-notify", {});
    await apiClient(cloud, operator)("POST", "/v1/status/incidents", incident);
    await invoke("godwit-notify", {});
    const bodies = received.map(({ body }) => JSON.parse(body));
    expect(bodies).toMatchObject([
      { type: "subscription.verification" },
      { incident: { name: "Events are slow", status: "investigating" } },
      { component_update: { new_status: "degraded_performance" } },
    ]);
    expect(received[1]?.headers).toHaveProperty("webhook-signature");
    const { token } = made.body;
    const left = await ask("POST", "/v1/status/subscriptions/unsubscribe", { token });
    expect(left).toMatchObject({ status: 200 });
  });
});

describe("an incident", () => {
  it("is answered for the fleet of a user and of a product, and for operators only changed", async () => {
    const ask = apiClient(cloud, cloud.user.token);
    const mine = await ask("GET", "/v1/status/concerns");
    expect(mine).toMatchObject({ status: 200, body: { concerned: false, incident: null } });
    const opened = await apiClient(cloud, operator)("POST", "/v1/status/incidents", incident);
    const { id } = opened.body.incident;
    const product = (await ask("POST", "/v1/products", { product: { name: "Status" } })).body
      .product;
    const base = `/v1/products/${product.id}/status`;
    const asked = await ask("GET", `${base}/concerns?incident=${id}`);
    expect(asked).toMatchObject({ status: 200, body: { incident: id, balanced: true } });
    expect((await ask("POST", "/v1/status/incidents", incident)).status).toBe(403);
    const contact = { email: "ops@example.com" };
    expect((await ask("POST", `${base}/contacts`, contact)).status).toBe(202);
    expect(await ask("GET", `${base}/contacts`)).toMatchObject({ body: { contacts: [] } });
    const link = await until("the mail to the contact", async () =>
      linkIn(await newestMail(contact.email), "confirm"),
    );
    const { path, token } = parts(link);
    await form(path, { token });
    const listed = await ask("GET", `${base}/contacts`);
    expect(listed.body.contacts).toMatchObject([{ kind: "email", target: contact.email }]);
    await apiClient(cloud, operator)("POST", `/v1/status/incidents/${id}`, { body: "More." });
    await invoke("godwit-notify", {});
    expect(await newestMail(contact.email)).toContain("Deliveries accepted: 0");
    const removed = await ask("DELETE", `${base}/contacts?id=${listed.body.contacts[0].id}`);
    expect(removed.status).toBe(200);
  });
});

describe("the comparison of the alarms with the templates", () => {
  const differences = async () => Object(await invoke("godwit-watcher", { drift: {} })).rows;

  /** Sends a request as the owner of the account, such as an operator with the AWS CLI. */
  const change = async (service: "events" | "cloudwatch", target: string, input: object) => {
    const { status, body } = await cloud.services[service].handle({
      method: "POST",
      url: "/",
      headers: { "x-amz-target": target, "content-type": "application/x-amz-json-1.0" },
      body: Buffer.from(JSON.stringify(input)),
    });
    expect(status).toBe(200);
    return JSON.parse(String(body));
  };
  const onAlarm = (operation: string, input: object) =>
    change("cloudwatch", `GraniteServiceVersion20100801.${operation}`, input);
  const onRule = (operation: string, input: object) =>
    change("events", `AWSEvents.${operation}`, input);

  /** The name of the rule with a logical id that begins so. */
  const ruleNamed = async (prefix: string) => {
    const StackName = `Godwit-Region-${region}`;
    const { body } = await cloud.services.cloudformation.handle({
      method: "POST",
      url: "/",
      headers: {},
      body: Buffer.from(`Action=GetTemplate&Version=2010-05-15&StackName=${StackName}`),
    });
    const [id = ""] =
      new RegExp(`${prefix}\\w+(?=&quot;:{&quot;Type&quot;:&quot;AWS::Events)`).exec(
        String(body),
      ) ?? [];
    return `${StackName}-${id}`;
  };

  it("finds nothing after the start, and then exactly what was changed", async () => {
    expect(await differences()).toEqual([]);
    const { CompositeAlarms } = await onAlarm("DescribeAlarms", { AlarmTypes: ["CompositeAlarm"] });
    const [{ AlarmName: alarm }] = CompositeAlarms;
    const rule = await ruleNamed("PagesEnded");
    await onAlarm("DisableAlarmActions", { AlarmNames: [alarm] });
    await onRule("DisableRule", { Name: rule });
    expect((await differences()).map(({ text }: { text: string }) => text)).toEqual(
      expect.arrayContaining([
        `The actions of the alarm ${alarm} are disabled.`,
        `The rule ${rule} is disabled.`,
      ]),
    );
    await onAlarm("EnableAlarmActions", { AlarmNames: [alarm] });
    await onRule("EnableRule", { Name: rule });
    expect(await differences()).toEqual([]);
    const { Targets } = await onRule("ListTargetsByRule", { Rule: rule });
    const Ids = Targets.map(({ Id }: { Id: string }) => Id);
    await onRule("RemoveTargets", { Rule: rule, Ids });
    expect(await differences()).toMatchObject([
      { text: `A target of the rule ${rule} is missing.`, severity: "error" },
    ]);
  });
});

describe("an operator", () => {
  it("sees the state of the deployment, also while a table does not answer", async () => {
    const show = () => apiClient(cloud, operator)("GET", "/v1/operations");
    const whole = await show();
    expect(whole).toMatchObject({
      status: 200,
      body: { region, unavailable: [], ledger: [{ region }], canaries: [{ region, checks: [] }] },
    });
    expect(whole.body.components).toHaveLength(7);
    expect(await invoke("godwit-watcher", { status: {} })).toMatchObject({ unavailable: [] });
    const error = { status: 500, tables: ["godwit-operations"] };
    await control(cloud.regions[0]!, "PUT /faults/tables", { error });
    onTestFinished(() => control(cloud.regions[0]!, "DELETE /faults/tables"));
    const partial = await show();
    expect(partial).toMatchObject({ status: 200, body: { pages: null, incidents: null } });
    const missed = partial.body.unavailable.map(({ source }: { source: string }) => source);
    expect(missed).toEqual(["incidents", "pages", "self-tests", "heartbeats"]);
  });
});
