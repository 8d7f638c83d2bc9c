import { createHash, createPrivateKey, sign } from "node:crypto";
import * as z from "zod/mini";
import { hourSeconds } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import { isRecord } from "../../platform/isRecord.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { parseJson } from "../../platform/parseJson.ts";
import type { TargetRequest } from "../../target/target.ts";
import { hopsAfter, hopsAttribute } from "./hops.ts";
import type { Common, Kind, RenderInput, SendDeps, Token } from "./kind.ts";
import { hiddenSecret } from "./kind.ts";

const isPrivateKey = (pem: string): boolean => {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
};

/** Keeps the fields of a key file that are needed. */
const keyFields = (given: unknown): unknown => {
  if (!isRecord(given)) return given;
  const { client_email, private_key, private_key_id } = given;
  return { client_email, private_key, ...omitUndefined({ private_key_id }) };
};

/** The JSON key file of Google Cloud, as an object or as text. */
const serviceAccountKey = z.pipe(
  z.transform((given: unknown) => keyFields(typeof given === "string" ? parseJson(given) : given)),
  z.object({
    client_email: z.string().check(z.minLength(3), z.maxLength(320)),
    private_key: z.string().check(z.minLength(1), z.maxLength(8_192)),
    private_key_id: z.optional(z.string().check(z.maxLength(200))),
  }),
);

const settings = z.object({
  topic: z
    .string()
    .check(
      z.regex(
        /^projects\/[a-z0-9:.-]{1,100}\/topics\/[a-z0-9._~%+-]{3,255}$/i,
        "must be projects/<project>/topics/<topic>",
      ),
    ),
  service_account_key: serviceAccountKey,
});

/** Settings of a Google Cloud Pub/Sub topic. */
type GoogleCloudPubSubSettings = z.output<typeof settings>;

// https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
const render = (
  { topic, product }: Common & GoogleCloudPubSubSettings,
  { event }: RenderInput,
): TargetRequest => ({
  method: "POST",
  url: `https://pubsub.googleapis.com/v1/${topic}:publish`,
  headers: { "user-agent": "Godwit/1", "content-type": "application/json" },
  body: JSON.stringify({
    messages: [
      {
        data: event.data,
        attributes: {
          device_id: event.device,
          event: event.name,
          published_at: new Date(event.publishedAt).toISOString(),
          event_id: event.id,
          [hopsAttribute]: hopsAfter(event),
          ...(product !== undefined && { product_id: String(product) }),
        },
      },
    ],
  }),
  rejectUnauthorized: true,
});

const tokenUrl = "https://oauth2.googleapis.com/token";
const assertionSeconds = hourSeconds;

/** Creates the JSON Web Token with which the service account requests access. */
// https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests
const assertion = (
  { service_account_key: account }: GoogleCloudPubSubSettings,
  now: number,
): string => {
  const iat = Math.floor(now / 1_000);
  const header = { alg: "RS256", typ: "JWT", kid: account.private_key_id };
  const claims = {
    iss: account.client_email,
    scope: "https://www.googleapis.com/auth/pubsub",
    aud: tokenUrl,
    iat,
    exp: iat + assertionSeconds,
  };
  const unsigned = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const signature = sign("sha256", Buffer.from(unsigned), account.private_key);
  return `${unsigned}.${signature.toString("base64url")}`;
};

const granted = z.object({ access_token: z.string(), expires_in: z.number() });
const refused = z.object({ error: z.string() });

const accessToken = async (
  integration: GoogleCloudPubSubSettings,
  { sendRequest, now }: SendDeps,
): Promise<Token> => {
  const asked = now();
  const { status, body } = await sendRequest({
    method: "POST",
    url: tokenUrl,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: assertion(integration, asked),
    }).toString(),
    rejectUnauthorized: true,
  });
  const reply = granted.safeParse(parseJson(body));
  if (status === 200 && reply.success) {
    return { text: reply.data.access_token, until: asked + reply.data.expires_in * 1_000 };
  }
  const why = refused.safeParse(parseJson(body)).data?.error ?? "no token";
  throw new Failure(`Google denied an access token: ${status} ${why}`, {
    code: "target_unavailable",
  });
};

/**
 * Publishes a message to a Google Cloud Pub/Sub topic as a service account of the topic's owner.
 */
export const googleCloudPubSub = {
  settings,
  target: ({ topic }) => topic,
  secrets: ["service_account_key"],
  problem: ({ service_account_key: { private_key: key } }) =>
    key === hiddenSecret || isPrivateKey(key)
      ? undefined
      : { setting: "service_account_key", message: "must hold an RSA key in PEM" },
  signed: false,
  render,
  authHeaderHints: () => ({ authorization: "(a bearer token from Google)" }),
  async send(integration, { request }, sendDeps) {
    const { private_key: key, client_email: email } = integration.service_account_key;
    const account = createHash("sha256").update(key).digest("base64");
    const token = await sendDeps.token(JSON.stringify(["google", email, account]), () =>
      accessToken(integration, sendDeps),
    );
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return sendDeps.sendRequest({ ...request, headers });
  },
} as const satisfies Kind<GoogleCloudPubSubSettings>;
