import * as z from "zod/mini";
import { Failure } from "../../platform/failure.ts";
import { isRecord } from "../../platform/isRecord.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { TargetReply, TargetRequest } from "../../target/target.ts";
import {
  awsAuthHeaderHints,
  awsKeys,
  isThrottling,
  signAws,
  unlessThrottled,
} from "./awsRequest.ts";
import { hopsAfter, hopsAttribute } from "./hops.ts";
import type { Common, Kind, RenderInput } from "./kind.ts";
import { message, messageTemplate } from "./message.ts";

const settings = z.object({
  region: z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "must be an AWS region")),
  /** Name or ARN. */
  event_bus: z._default(z.string().check(z.regex(/^[\w.:/-]{1,1600}$/)), "default"),
  source: z._default(z.string().check(z.regex(/^(?!aws\.).{1,256}$/)), "godwit"),
  ...awsKeys,
  /** The rendered text must be a JSON object. */
  json: messageTemplate,
});

/** Settings of an Amazon EventBridge event bus. */
type AwsEventBridgeSettings = z.output<typeof settings>;

const domainOf = (region: string): string =>
  region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";

// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
const render = (
  integration: Common & AwsEventBridgeSettings,
  input: RenderInput,
): TargetRequest => {
  const { region, event_bus: bus, source } = integration;
  const { event } = input;
  return {
    method: "POST",
    url: `https://events.${region}.${domainOf(region)}/`,
    headers: {
      "user-agent": "Godwit/1",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AWSEvents.PutEvents",
    },
    body: JSON.stringify({
      Entries: [
        {
          EventBusName: bus,
          Source: source,
          DetailType: event.name.slice(0, 128),
          Detail: detail(integration, input),
          Time: event.publishedAt / 1_000,
        },
      ],
    }),
    rejectUnauthorized: true,
  };
};

/**
 * Renders the detail. EventBridge accepts only a JSON object, and a template may render to
 * something else.
 */
const detail = (integration: Common & AwsEventBridgeSettings, input: RenderInput): string => {
  const text = message(integration, input, {
    delivery_id: input.id,
    [hopsAttribute]: hopsAfter(input.event),
  });
  if (isRecord(parseJson(text))) return text;
  throw new Failure("no request can be made: the detail is not a JSON object", {
    code: "invalid_request",
  });
};

const put = z.object({
  FailedEntryCount: z.number(),
  Entries: z.array(z.object({ ErrorCode: z.optional(z.string()) })),
});

/** Fails for a rejected entry: EventBridge replies 200 in that case, too. */
const checkEntries = (reply: TargetReply): TargetReply => {
  if (reply.status !== 200) return unlessThrottled(reply);
  const result = put.safeParse(parseJson(reply.body)).data;
  if (result?.FailedEntryCount === 0) return reply;
  const why = result?.Entries[0]?.ErrorCode ?? "malformed reply";
  throw new Failure(`the event bus rejected the event: ${why}`, {
    code: isThrottling(why) ? "too_many_requests" : "target_unavailable",
  });
};

/** Puts an event on an Amazon EventBridge event bus in the owner's account. */
export const awsEventBridge = {
  settings,
  target: ({ event_bus: bus }) => bus,
  secrets: ["secret_access_key"],
  signed: false,
  render,
  authHeaderHints: awsAuthHeaderHints,
  async send(integration, { request }, { sendRequest, now }) {
    const { region } = integration;
    const where = { region, service: "events", now: now() };
    return checkEntries(await sendRequest(signAws(request, integration, where)));
  },
} as const satisfies Kind<AwsEventBridgeSettings>;
