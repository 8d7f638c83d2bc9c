import { generateKeyPairSync, verify } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import { googleCloudPubSub } from "#shared/integration/kind/googleCloudPubSub.ts";
import { anIntegration, base64, deviceId, someTime } from "../../../memory/samples.ts";
import { type Got, send, sending, vendor } from "./vendor.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const account = {
  client_email: "godwit@my-project.iam.gserviceaccount.com",
  private_key: pem,
  private_key_id: "key-1",
};
const topic = "projects/my-project/topics/events";
const integration = { ...anIntegration(), topic, service_account_key: account };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const decoded = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString());

/** Google's token endpoint: verifies the assertion as Google documents. */
const grant = ({ method, headers, body }: Got) => {
  const form = new URLSearchParams(body);
  const [head, claims, signature = ""] = (form.get("assertion") ?? "").split(".");
  const signed = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    pair.publicKey,
    Buffer.from(signature, "base64url"),
  );
  const { alg, kid } = decoded(head);
  const { iss, scope, aud, iat, exp } = decoded(claims);
  const good =
    method === "POST" &&
    headers["content-type"] === "application/x-www-form-urlencoded" &&
    form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
    signed &&
    alg === "RS256" &&
    kid === "key-1" &&
    iss === account.client_email &&
    scope === "https://www.googleapis.com/auth/pubsub" &&
    aud === "https://oauth2.googleapis.com/token" &&
    iat >= Math.floor(someTime / 1_000) &&
    exp > iat &&
    exp - iat <= 3_600;
  return good
    ? { status: 200, body: { access_token: "ya29", expires_in: 3_599, token_type: "Bearer" } }
    : { status: 400, body: { error: "invalid_grant" } };
};

const google = async () => {
  const made = await vendor((got) => {
    if (got.url.href === "https://oauth2.googleapis.com/token") return grant(got);
    if (got.headers.authorization !== "Bearer ya29") return { status: 401 };
    const right = got.url.href === `https://pubsub.googleapis.com/v1/${topic}:publish`;
    if (!right || got.method !== "POST") return { status: 404 };
    return { status: 200, body: { messageIds: ["1"] } };
  });
  closing.push(made.close);
  return made;
};
const hosts = (got: readonly Got[]) => got.map(({ url }) => url.hostname.split(".")[0]);

describe("a topic of Google Cloud Pub/Sub", () => {
  it("receives the event's data unchanged, with its origin", async () => {
    const { sendDeps, got } = await google();
    expect(await send(googleCloudPubSub, integration, sending, sendDeps)).toMatchObject({
      status: 200,
    });
    expect(JSON.parse(got[1]!.body)).toEqual({
      messages: [
        {
          data: base64("21.5"),
          attributes: {
            device_id: deviceId,
            event: "temperature",
            published_at: new Date(someTime).toISOString(),
            event_id: "event-1",
            godwit_hops: "1",
          },
        },
      ],
    });
  });

  it("receives the product of a product's events", () => {
    const { body } = googleCloudPubSub.render({ ...integration, product: 17 }, sending);
    expect(JSON.parse(body!).messages[0].attributes.product_id).toBe("17");
  });

  it("needs one token request per hour, however many events there are", async () => {
    const { sendDeps, got, clock } = await google();
    const all = Array.from({ length: 5 }, () =>
      send(googleCloudPubSub, integration, sending, sendDeps),
    );
    await Promise.all(all);
    expect(hosts(got).filter((host) => host === "oauth2")).toHaveLength(1);
    clock.ms += 3_599_000;
    await send(googleCloudPubSub, integration, sending, sendDeps);
    expect(hosts(got).filter((host) => host === "oauth2")).toHaveLength(2);
  });

  it("fails with a Failure for another account's key", async () => {
    const { sendDeps } = await google();
    const other = { ...account, client_email: "another@account" };
    await expect(
      send(googleCloudPubSub, { ...integration, service_account_key: other }, sending, sendDeps),
    ).rejects.toMatchObject({
      code: "target_unavailable",
      message: "Google denied an access token: 400 invalid_grant",
    });
  });

  it("accepts only a key file, as an object or as text", () => {
    const read = (given: unknown) =>
      integrationInput.safeParse({
        event: "t",
        integration_type: "GoogleCloudPubSub",
        topic,
        service_account_key: given,
      });
    const file = { type: "service_account", ...account, token_uri: "https://evil.example/" };
    expect(read(file).data).toMatchObject({ topic, service_account_key: account });
    expect(read(JSON.stringify(file)).data).toEqual(read(file).data);
    expect(JSON.stringify(read(file).data)).not.toContain("evil");
    for (const wrong of ["", "{", { ...account, private_key: "x" }, { client_email: "a@b" }]) {
      expect(read(wrong).success).toBe(false);
    }
  });
});
