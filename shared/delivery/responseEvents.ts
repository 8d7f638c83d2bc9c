import type { DeviceEvent } from "../event/deviceEvent.ts";
import { kindOf } from "../integration/kind/kinds.ts";
import type { Integration } from "../integration/model/integration.ts";
import { parseJson } from "../platform/parseJson.ts";
import type { TargetReply } from "../target/target.ts";
import { renderJson, templateRenderer } from "../template/renderTemplate.ts";
import { templateVariables } from "../template/templateVariables.ts";
import { responseBytesMax, responsePartBytes, responseUnchunkedBytesMax } from "./limits.ts";

/** An attempt with the target's reply, or the reason why there is none. */
export interface AttemptedDelivery {
  readonly event: DeviceEvent;
  readonly integration: Integration;
  readonly version?: string | undefined;
  readonly reply?: TargetReply;
  readonly failure?: string;
  /** Whether the reply is a success. Default: a 2xx status. */
  readonly ok?: boolean;
}

/** A response event before it is published. */
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
 * Returns `hook-response/…` events with the reply body, if it has one, or `hook-error/…` events.
 * Long texts are split into numbered chunks at character boundaries, as in Particle's cloud.
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

/**
 * Splits UTF-8 text into chunks of at most `size` bytes at character boundaries, `responseBytesMax`
 * bytes in total.
 */
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

/** Returns the last index up to `at` at which a UTF-8 character starts. */
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
    const renderText = templateRenderer(() => viewOf(body));
    return typeof responseTemplate === "string"
      ? renderText(responseTemplate)
      : JSON.stringify(renderJson(responseTemplate, renderText));
  }
  if (!dataUrlResponseEvent || bytes === undefined) return body;
  return `data:${contentType};base64,${Buffer.from(bytes).toString("base64")}`;
};

/**
 * The variables of a response template: the JSON of the reply, or its text. `{{.}}` is the whole
 * value.
 */
const viewOf = (body: string): unknown => {
  const json = parseJson(body);
  return json === undefined ? body : json;
};

const responseTopic = ({ event, integration, version }: AttemptedDelivery): string => {
  if (integration.kind === "Webhook" && integration.responseTopic !== undefined) {
    const { product, responseTopic: topic } = integration;
    return templateRenderer(() => templateVariables(event, { product, version }))(topic);
  }
  const plain = `hook-response/${event.name}`;
  return integration.product === undefined ? plain : `${event.device}/${plain}`;
};

const errorTopic = ({ event, integration, version }: AttemptedDelivery): string =>
  integration.kind === "Webhook" && integration.errorResponseTopic !== undefined
    ? templateRenderer(() => templateVariables(event, { product: integration.product, version }))(
        integration.errorResponseTopic,
      )
    : `hook-error/${event.name}`;
