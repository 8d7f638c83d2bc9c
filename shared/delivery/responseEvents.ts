import type { DeviceEvent } from "../event/deviceEvent.ts";
import { kindOf } from "../integration/kind/kinds.ts";
import type { Integration } from "../integration/model/integration.ts";
import { parseJson } from "../platform/parseJson.ts";
import type { TargetReply } from "../target/target.ts";
import { renderJson, templateRenderer } from "../template/renderTemplate.ts";
import { templateVariables } from "../template/templateVariables.ts";
import { responseBytesMax, responsePartBytes, responseUnchunkedBytesMax } from "./limits.ts";

/** What an attempt led to: the target's reply, or why there is none. */
export interface AttemptedDelivery {
  readonly event: DeviceEvent;
  readonly integration: Integration;
  readonly version?: string | undefined;
  readonly reply?: TargetReply;
  readonly failure?: string;
  /** Whether the reply is a success; without it, a status of 2xx is. */
  readonly ok?: boolean;
}

/** An event that says what became of an attempt, before it is published. */
export interface ResponseEvent {
  readonly name: string;
  readonly data: Uint8Array;
}

/** `hook-sent/…`: a request was made. */
export const sentEvent = ({ event }: AttemptedDelivery): ResponseEvent => ({
  name: `hook-sent/${event.name}`,
  data: Buffer.alloc(0),
});

/**
 * `hook-response/…` with a target's reply, when it has one with a body, or `hook-error/…`. They come in
 * numbered parts that never split a character, as Particle's do.
 */
export const responseEvents = (attempted: AttemptedDelivery): ResponseEvent[] => {
  const { integration, reply, ok = isSuccess(reply) } = attempted;
  if (reply === undefined || !ok) {
    return integration.hookError === false
      ? []
      : chunked(errorTopic(attempted), errorText(attempted));
  }
  if (integration.hookResponse === false || integration.kind !== "Webhook") return [];
  if (reply.body === "") return [];
  const size = integration.unchunked ? responseUnchunkedBytesMax : responsePartBytes;
  return chunked(responseTopic(attempted), replyText(integration, reply), size);
};

const isSuccess = (reply: TargetReply | undefined): boolean =>
  reply !== undefined && reply.status >= 200 && reply.status < 300;

const chunked = (topic: string, text: string, size: number = responsePartBytes): ResponseEvent[] =>
  chunks(Buffer.from(text), size).map((data, n) => ({ name: `${topic}/${n}`, data }));

/** Pieces of at most `size` bytes, none of which begins within a character, up to `responseBytesMax` together. */
const chunks = (bytes: Uint8Array, size: number): Uint8Array[] => {
  const found: Uint8Array[] = [];
  let from = 0;
  const last = characterStart(bytes, Math.min(bytes.length, responseBytesMax));
  while (from < last) {
    const end = characterStart(bytes, Math.min(from + size, last));
    found.push(bytes.subarray(from, end));
    from = end;
  }
  return found;
};

/** The latest place up to `at` where a character of UTF-8 begins. */
const characterStart = (bytes: Uint8Array, at: number): number => {
  let start = at;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return start;
};

const errorText = ({ integration, reply, failure }: AttemptedDelivery): string =>
  reply === undefined
    ? (failure ?? "error")
    : `error status ${reply.status} from ${kindOf(integration).target(integration)}`;

const replyText = (
  { responseTemplate, dataUrlResponseEvent }: Extract<Integration, { kind: "Webhook" }>,
  { body, bytes, contentType = "application/octet-stream" }: TargetReply,
): string => {
  if (responseTemplate !== undefined) {
    const renderText = templateRenderer(viewOf(body));
    return typeof responseTemplate === "string"
      ? renderText(responseTemplate)
      : JSON.stringify(renderJson(responseTemplate, renderText));
  }
  if (!dataUrlResponseEvent || bytes === undefined) return body;
  return `data:${contentType};base64,${Buffer.from(bytes).toString("base64")}`;
};

/** What a reply's template is filled from: its JSON, whatever that is, or its text. `{{.}}` is the whole. */
const viewOf = (body: string): unknown => {
  const json = parseJson(body);
  return json === undefined ? body : json;
};

const responseTopic = ({ event, integration, version }: AttemptedDelivery): string => {
  if (integration.kind === "Webhook" && integration.responseTopic !== undefined) {
    const { product, responseTopic: topic } = integration;
    return templateRenderer(templateVariables(event, { product, version }))(topic);
  }
  const plain = `hook-response/${event.name}`;
  return integration.product === undefined ? plain : `${event.device}/${plain}`;
};

const errorTopic = ({ event, integration, version }: AttemptedDelivery): string =>
  integration.kind === "Webhook" && integration.errorResponseTopic !== undefined
    ? templateRenderer(templateVariables(event, { product: integration.product, version }))(
        integration.errorResponseTopic,
      )
    : `hook-error/${event.name}`;
