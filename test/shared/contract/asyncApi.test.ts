import { readFileSync } from "node:fs";
import specification from "@asyncapi/specs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, it } from "vitest";
import { asyncApi } from "#shared/contract/async/asyncApi.ts";
import { routes } from "#shared/routes/table.ts";
import {
  channelOf,
  headersProblem,
  mqttProblem,
  payloadProblem,
  webhookProblem,
} from "../../flow/support/messageProblem.ts";

const document = asyncApi({ server: "https://example.com/live" });
const messages = Object.entries(document.components.messages);

it("the document is valid by the JSON schema of AsyncAPI", () => {
  const ajv = addFormats.default(
    new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, validateSchema: false }),
  );
  const validate = ajv.compile(specification.schemasWithoutId["3.0.0"]);
  validate(JSON.parse(JSON.stringify(document)));
  expect(validate.errors ?? []).toEqual([]);
  validate({ ...document, chanels: {} });
  expect(validate.errors).not.toEqual(null);
});

/** The part of the document that a reference leads to. */
const resolve = (reference: string): unknown =>
  reference
    .slice(2)
    .split("/")
    .reduce<unknown>(
      (at, part) => (at instanceof Object ? Reflect.get(at, part) : undefined),
      document,
    );

it("every reference leads to a part of the document", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(100);
  const broken = references.filter(([, reference = ""]) => resolve(reference) === undefined);
  expect(broken).toEqual([]);
});

it("every message of a channel has an operation", () => {
  const text = JSON.stringify(document.operations);
  for (const [name, { messages: all }] of Object.entries(document.channels)) {
    const isWhole = Object.values(document.operations).some(
      (each) => !("messages" in each) && JSON.stringify(each).includes(`#/channels/${name}"`),
    );
    const left = Object.keys(all).filter(
      (message) => !isWhole && !text.includes(`#/channels/${name}/messages/${message}"`),
    );
    expect([name, left]).toEqual([name, []]);
  }
});

it.each(messages)("the schemas accept the examples of %s", (name, { examples }) => {
  expect(examples.length).toBeGreaterThan(0);
  for (const { payload, headers } of examples) {
    expect(payloadProblem([name], payload)).toBeUndefined();
    if (headers !== undefined) expect(headersProblem(name, headers)).toBeUndefined();
  }
});

it("has each topic of the guide for devices", () => {
  const guide = readFileSync("docs/device.md", "utf8");
  const topics = [
    ...guide.matchAll(
      /`((?:\$aws\/rules\/\w+\/)?(?:events|hello|acks|calls|control|returns|certificates)\/[^`\s]+)`/g,
    ),
  ].map(([, topic = ""]) => topic);
  const filled = topics
    .filter((topic) => !/[#+]/.test(topic) && !topic.endsWith("…"))
    .map((topic) => topic.replace("{device}", "0".repeat(24)).replaceAll(/\{\w+\}/g, "x"));
  expect(filled.length).toBeGreaterThan(15);
  expect(filled.filter((topic) => channelOf(topic) === undefined)).toEqual([]);
});

it("has each URL of the event streams", () => {
  const streams = routes.filter(({ route, function: name }) => route.stream && name === "stream");
  const urls = streams.map(({ path }) => path.replace("+}", "}"));
  const addresses = Object.values(document.channels).map(({ address }) => address);
  expect(addresses.filter((address) => address?.startsWith("/")).sort()).toEqual(urls.sort());
});

it("has the address of the API with its base path", () => {
  expect(document.servers.api).toMatchObject({
    host: "example.com",
    pathname: "/live",
    protocol: "https",
  });
  expect(asyncApi({ server: "http://127.0.0.1:8080" }).servers.api).not.toHaveProperty("pathname");
});

const device = "0".repeat(24);

it.each([
  ["an unknown topic", `secrets/${device}`, "{}"],
  ["an unknown command", `control/${device}`, '{"command":"explode"}'],
  ["an unknown field of a command", `control/${device}`, '{"command":"ping","loud":true}'],
  ["a missing field", `calls/${device}`, '{"id":"0","function":"led"}'],
])("a test that receives %s fails", (_, topic, payload) => {
  expect(mqttProblem(topic, Buffer.from(payload))).toBeDefined();
});

it("a test that receives a webhook without its headers fails", () => {
  const headers = { "webhook-id": `msg_${"0".repeat(32)}` };
  expect(webhookProblem(headers, "")).toMatch(/godwit-hops/);
  expect(webhookProblem({ ...headers, "godwit-hops": "1" }, "")).toBeUndefined();
});

it("a device may leave out fields of hello, and send more fields", () => {
  const closed = asyncApi({ server: "http://127.0.0.1", replies: "closedReply" });
  expect(closed.components.schemas.HelloPayload).not.toHaveProperty("required");
  expect(closed.components.schemas.HelloPayload).not.toHaveProperty("additionalProperties");
});
