import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { asyncApi } from "#shared/contract/async/asyncApi.ts";

const document = asyncApi({ server: "http://127.0.0.1:8080", replies: "closedReply" });

const ajv = addFormats.default(new Ajv({ strict: true, allowUnionTypes: true }));
ajv.addVocabulary(["channels", "components"]);
ajv.addSchema({ $id: "asyncapi", components: document.components });

const escaped = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");

/** What the parameters of an address can be; the name of an event may have several levels. */
const parameters: Readonly<Record<string, string>> = {
  name: ".+?",
  properties: "\\?[^/]*",
  device: "(?:[0-9a-f]{24}|api|particle-internal)",
};

const patterns = Object.entries(document.channels).flatMap(([name, { address }]) => {
  if (address === null || address.startsWith("/")) return [];
  const text = escaped(address).replaceAll(
    /\{(\w+)\}/g,
    (_, parameter: string) => parameters[parameter] ?? "[^/]+",
  );
  return [{ name, pattern: new RegExp(`^${text}$`, "s") }];
});

/** The channel of a topic: of events, the one with properties if the topic has some. */
export const channelOf = (topic: string): string | undefined =>
  patterns.filter(({ pattern }) => pattern.test(topic)).at(-1)?.name;

/** Why no message of these names has this payload; `undefined` if one has. */
export const payloadProblem = (
  messages: readonly string[],
  payload: unknown,
): string | undefined => {
  const problems = messages.map((name) => partProblem(name, "payload", payload));
  return problems.includes(undefined) ? undefined : problems.join("; ");
};

/** Why the headers are not those of a message. */
export const headersProblem = (message: string, headers: object): string | undefined =>
  partProblem(message, "headers", headers);

type Part = "headers" | "payload";

/** Compiling takes longer than all other work on a message. */
const compiled = new Map<string, ValidateFunction>();

const validatorOf = (name: string, part: Part, schema: unknown): ValidateFunction => {
  const key = `${name} ${part}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema).replaceAll("#/components", "asyncapi#/components");
  const validate = ajv.compile(JSON.parse(text));
  compiled.set(key, validate);
  return validate;
};

const partProblem = (name: string, part: Part, value: unknown) => {
  const message = document.components.messages[name];
  if (message === undefined) return `there is no message ${name}`;
  const validate = validatorOf(name, part, message[part] ?? true);
  return validate(value) ? undefined : `${name}: ${part}${ajv.errorsText(validate.errors)}`;
};

/** How a JSON request to a webhook differs from the messages of a channel of the document. */
export const channelProblem = (
  channel: string,
  { headers, body }: { readonly headers: object; readonly body?: string | undefined },
): string | undefined => {
  const names = Object.keys(document.channels[channel]?.messages ?? {});
  const problem = payloadProblem(names, JSON.parse(body ?? ""));
  return problem ?? headersProblem(names[0] ?? "", headers);
};

/** How an MQTT message differs from the document. */
export const mqttProblem = (topic: string, payload: Buffer): string | undefined => {
  const channel = document.channels[channelOf(topic) ?? ""];
  if (channel === undefined) return `the topic ${topic} is not in the document`;
  const messages = Object.keys(channel.messages);
  // Their payloads are bytes.
  if (messages.includes("event") || messages.includes("block")) return undefined;
  const text = payload.toString();
  const problem = payloadProblem(messages, JSON.parse(text));
  return problem && `${topic} ${text.slice(0, 300)}: ${problem}`;
};

/** How a request of a webhook differs from the document; other requests do not. */
export const webhookProblem = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): string | undefined => {
  const isWebhook = String(headers["webhook-id"]).startsWith("msg_");
  if (!isWebhook) return undefined;
  const type = headers["content-type"];
  const [name, payload] =
    type === "application/x-www-form-urlencoded"
      ? ["webhookForm", Object.fromEntries(new URLSearchParams(body))]
      : ["webhookBody", body];
  return headersProblem(name, headers) ?? payloadProblem([name], payload);
};
