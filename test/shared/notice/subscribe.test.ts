import { describe, expect, it } from "vitest";
import { mailsPerRecipientMax } from "#shared/account/verify/limits.ts";
import { readInput } from "#shared/input/readInput.ts";
import {
  contactsPerProductMax,
  subscriptionsPerClientMax,
  verificationAttemptsMax,
  verificationsPerHostMax,
  verificationWaitMs,
  webhooksPerHostMax,
} from "#shared/notice/limits.ts";
import {
  activate,
  confirmSubscription,
  findByToken,
  unsubscribe,
} from "#shared/notice/subscription/confirmSubscription.ts";
import { openNoticeKeys } from "#shared/notice/subscription/noticeKeys.ts";
import {
  type ConfirmationRequest,
  sendConfirmation,
} from "#shared/notice/subscription/sendConfirmation.ts";
import { requestSubscription, subscriptionInput } from "#shared/notice/subscription/subscribe.ts";
import { subscriptionId } from "#shared/notice/subscription/subscription.ts";
import { verifyWebhooks } from "#shared/notice/subscription/verifyWebhooks.ts";
import { dayMs } from "#shared/platform/durations.ts";
import type { TargetRequest } from "#shared/target/target.ts";
import { channelProblem } from "../../flow/support/messageProblem.ts";
import { memoryMailer } from "../../memory/account/mail.ts";
import { memoryRateLimiter } from "../../memory/account/rateLimiter.ts";
import {
  memoryPendingSubscriptions,
  memorySealedKeys,
  memorySubscriptions,
  memoryVerifications,
} from "../../memory/notice/subscriptions.ts";
import { memorySecrets } from "../../memory/platform/secrets.ts";
import { stoppedClock } from "../../memory/samples.ts";

const api = "https://api.example.com/live";
const origin = { address: "192.0.2.1", api };

/** The subscriptions of a cloud; `answer` is what a webhook answers to a body. */
const world = ({ answer = (body: string) => body }: { answer?: (body: string) => string } = {}) => {
  const clock = stoppedClock(Date.UTC(2027, 0, 1));
  const now = clock.now;
  const queued: ConfirmationRequest[] = [];
  const posted: TargetRequest[] = [];
  const mailer = memoryMailer();
  const sealedKeys = memorySealedKeys();
  const deps = {
    mailQueue: { send: async (request: ConfirmationRequest) => void queued.push(request) },
    verifications: memoryVerifications(),
    subscriptions: memorySubscriptions(),
    pending: memoryPendingSubscriptions(now),
    keys: openNoticeKeys({ region: "us-east-1", sealedKeys, secrets: memorySecrets() }),
    rateLimiter: memoryRateLimiter(),
    mailer,
    title: "Acme Devices",
    onRateLimited: () => {},
    onError: () => {},
    regions: ["us-east-1", "eu-west-1"],
    region: "us-east-1",
    now,
    post: async (request: TargetRequest) => {
      expect(channelProblem("statusWebhook", request)).toBeUndefined();
      posted.push(request);
      return { status: 200, body: answer(request.body ?? "") };
    },
  };
  const subscribe = (fields: object, from: object = {}) =>
    requestSubscription(readInput(subscriptionInput, fields), { ...origin, ...from }, deps);
  /** Sends the queued mails and returns the tokens of their links. */
  const tokens = async (): Promise<string[]> => {
    for (const request of queued.splice(0)) await sendConfirmation(request, deps);
    return mailer.sent.splice(0).map(({ text }) => /confirm\?token=(\S+)/.exec(text)?.[1] ?? "");
  };
  const all = async () => (await deps.subscriptions.page({ limit: 100 })).subscriptions;
  return { clock, deps, posted, queued, mailer, sealedKeys, subscribe, tokens, all };
};

describe("a subscription by mail", () => {
  it("is active after a click on the mailed link, and not before", async () => {
    const { deps, queued, mailer, subscribe, tokens, all } = world();
    expect(await subscribe({ email: " Ada@Example.com ", components: "events,api" })).toEqual({
      kind: "email",
    });
    await Promise.all(queued.splice(0).map((request) => sendConfirmation(request, deps)));
    // A person with several subscriptions knows which deployment it is.
    expect(mailer.sent).toMatchObject([
      {
        subject: "[Acme Devices] Confirm your subscription",
        text: expect.stringContaining("the status page of Acme Devices"),
      },
    ]);
    await subscribe({ email: "ada@example.com", components: "events,api" });
    mailer.sent.length = 0;
    const [token = ""] = await tokens();
    expect(await all()).toEqual([]);
    await confirmSubscription(token, deps);
    expect(await all()).toMatchObject([
      { channel: { address: "ada@example.com" }, components: ["events", "api"], regions: [], api },
    ]);
    await confirmSubscription(token, deps);
    expect(await all()).toHaveLength(1);
  });

  it("stores no token: only the hash of the mailed one", async () => {
    const { deps, subscribe, tokens } = world();
    await subscribe({ email: "ada@example.com" });
    const [token = ""] = await tokens();
    expect(deps.pending.hashes()).toEqual([expect.not.stringContaining(token)]);
  });

  it("has the same answer whether the address is subscribed, and one subscription", async () => {
    const { deps, subscribe, tokens, all } = world();
    const first = await subscribe({ email: "ada@example.com" });
    await confirmSubscription((await tokens())[0] ?? "", deps);
    const again = await subscribe({ email: "ada@example.com", regions: "eu-west-1" });
    expect(again).toEqual(first);
    const [before] = await all();
    expect(before?.regions).toEqual([]);
    await confirmSubscription((await tokens())[0] ?? "", deps);
    expect(await all()).toMatchObject([{ id: before?.id, regions: ["eu-west-1"] }]);
  });

  it("expires unless it is confirmed within a day, and unknown tokens are refused", async () => {
    const { clock, deps, subscribe, tokens } = world();
    await subscribe({ email: "ada@example.com" });
    const [token = ""] = await tokens();
    await expect(confirmSubscription("other", deps)).rejects.toMatchObject({
      code: "invalid_grant",
    });
    clock.ms += dayMs;
    await expect(confirmSubscription(token, deps)).rejects.toMatchObject({ code: "invalid_grant" });
  });

  it("sends few mails to an address that does not confirm", async () => {
    const { subscribe, tokens } = world();
    for (let n = 0; n < 10; n += 1) await subscribe({ email: "ada@example.com" });
    // The limit of `recipientRateLimit`, and one at its interval.
    expect(await tokens()).toHaveLength(mailsPerRecipientMax + 1);
  });

  it("ends by the token of its links, again with the same result, and by no other token", async () => {
    const { deps, subscribe, tokens, all } = world();
    for (const email of ["ada@example.com", "bo@example.com"]) await subscribe({ email });
    for (const token of await tokens()) await confirmSubscription(token, deps);
    const [one, other] = await all();
    const token = await deps.keys.linkToken(one!);
    const forged = `${other?.id}.${token.split(".")[1]}`;
    await expect(unsubscribe(forged, deps)).rejects.toMatchObject({ code: "invalid_grant" });
    await expect(unsubscribe("s-1.x", deps)).rejects.toMatchObject({ code: "invalid_request" });
    expect((await findByToken(token, deps))?.isActive).toBe(true);
    await unsubscribe(token, deps);
    await unsubscribe(token, deps);
    expect(await all()).toEqual([other]);
  });
});

it("the key of a region is created there only: its links are valid wherever a message is sent", async () => {
  const { deps, sealedKeys, subscribe, tokens, all } = world();
  const other = openNoticeKeys({ region: "eu-west-1", sealedKeys, secrets: memorySecrets() });
  await subscribe({ email: "ada@example.com" });
  for (const token of await tokens()) await confirmSubscription(token, deps);
  const [one] = await all();
  await other.prepare();
  // Before the key of us-east-1 is there, no other one takes its place.
  await expect(other.linkToken(one!)).rejects.toMatchObject({ code: "unavailable" });
  await deps.keys.prepare();
  const token = await other.linkToken(one!);
  expect(token).toBe(await deps.keys.linkToken(one!));
  await deps.keys.prepare();
  await unsubscribe(token, deps);
  expect(await all()).toEqual([]);
});

describe("a forged token", () => {
  const code = "a".repeat(43);
  const idOf = (address: string) => subscriptionId({ kind: "email", address }, undefined);

  it("does not show whether an address is subscribed, and creates no key", async () => {
    const { deps, sealedKeys, subscribe, tokens } = world();
    await subscribe({ email: "ada@example.com" });
    for (const token of await tokens()) await confirmSubscription(token, deps);
    const answers = [];
    for (const address of ["ada@example.com", "nobody@example.com"]) {
      const token = `${idOf(address)}.${code}`;
      answers.push(await findByToken(token, deps).catch((error: unknown) => error));
      answers.push(await unsubscribe(token, deps).catch((error: unknown) => error));
    }
    expect(answers).toMatchObject([0, 1, 2, 3].map(() => ({ code: "invalid_grant" })));
    expect(new Set(answers.map(String)).size).toBe(1);
    expect(await sealedKeys.find("eu-west-1")).toBe(undefined);
  });

  it("is distinguished from the link of a region that the deployment has left", async () => {
    const { deps, subscribe, tokens, all } = world();
    await subscribe({ email: "ada@example.com" });
    for (const token of await tokens()) await confirmSubscription(token, deps);
    const [one] = await all();
    const token = await deps.keys.linkToken(one!);
    expect(await findByToken(token, { ...deps, regions: ["mars-1"] })).toMatchObject({
      isActive: true,
    });
  });
});

describe("a subscription by webhook", () => {
  it("is active after the webhook has answered a signed challenge", async () => {
    const { deps, posted, subscribe, all } = world();
    const made = await subscribe({ webhook: "https://hooks.example.com/a" });
    expect(made).toMatchObject({
      kind: "webhook",
      signingSecret: expect.stringMatching(/^whsec_/),
    });
    expect(await all()).toEqual([]);
    await verifyWebhooks(Number.POSITIVE_INFINITY, deps);
    expect(posted[0]?.headers).toMatchObject({
      "webhook-signature": expect.stringMatching(/^v1,/),
      "webhook-id": expect.stringMatching(/^msg_/),
    });
    expect(await all()).toMatchObject([{ channel: { url: "https://hooks.example.com/a" } }]);
    await verifyWebhooks(Number.POSITIVE_INFINITY, deps);
    expect(posted).toHaveLength(1);
  });

  it("does not wait for other webhooks that hang", async () => {
    const { clock, deps, all } = world();
    for (let n = 0; n < 20; n += 1) {
      const url = `https://h${n}.example.com/`;
      const id = `s-${String(n).padStart(24, "0")}`;
      const more = { components: [], regions: [], api, key: "us-east-1" };
      const wanted = { id, channel: { kind: "webhook" as const, url }, ...more };
      await deps.verifications.put({ subscription: wanted, failed: 0, dueAt: clock.ms });
    }
    const post = async (request: TargetRequest) => {
      if (request.url === "https://h19.example.com/") return deps.post(request);
      clock.ms += 10_000;
      throw new Error("no answer");
    };
    await verifyWebhooks(clock.ms + 20_000, { ...deps, post });
    expect(await all()).toMatchObject([{ channel: { url: "https://h19.example.com/" } }]);
  });

  it("stays ended if its owner ends it while it is verified", async () => {
    const { deps, subscribe, all } = world();
    const made = await subscribe({ webhook: "https://hooks.example.com/a" });
    const post = async (request: TargetRequest) => {
      if (made.kind === "webhook") await unsubscribe(made.token, deps);
      return deps.post(request);
    };
    await verifyWebhooks(Number.POSITIVE_INFINITY, { ...deps, post });
    expect(await all()).toEqual([]);
  });

  it("is forgotten after a few answers without the challenge", async () => {
    const { clock, deps, posted, subscribe, all } = world({ answer: () => "ok" });
    await subscribe({ webhook: "https://hooks.example.com/a" });
    for (let n = 0; n < 5; n += 1) {
      await verifyWebhooks(Number.POSITIVE_INFINITY, deps);
      clock.ms += verificationWaitMs;
    }
    expect(posted).toHaveLength(verificationAttemptsMax);
    expect(await all()).toEqual([]);
  });

  it("does not replace another one of its URL, and its token ends only itself", async () => {
    const { deps, subscribe, all } = world();
    const made = [
      await subscribe({ webhook: "https://hooks.example.com/a" }),
      await subscribe({ webhook: "https://hooks.example.com/a" }),
    ];
    await verifyWebhooks(Number.POSITIVE_INFINITY, deps);
    expect(await all()).toHaveLength(2);
    const [first] = made;
    if (first?.kind === "webhook") await unsubscribe(first.token, deps);
    expect(await all()).toHaveLength(1);
  });

  it("ends before its verification, too", async () => {
    const { deps, posted, subscribe } = world();
    const made = await subscribe({ webhook: "https://hooks.example.com/a" });
    if (made.kind === "webhook") await unsubscribe(made.token, deps);
    await verifyWebhooks(Number.POSITIVE_INFINITY, deps);
    expect(posted).toEqual([]);
  });

  it("is one of few for its host", async () => {
    const { deps, subscribe } = world();
    const webhook = "https://hooks.example.com/a";
    for (let n = 0; n < webhooksPerHostMax; n += 1) {
      const channel = { kind: "webhook" as const, url: webhook };
      const more = { components: [], regions: [], api, key: "us-east-1" };
      await activate({ id: subscriptionId(channel, undefined), channel, ...more }, deps);
    }
    await subscribe({ webhook });
    await verifyWebhooks(Number.POSITIVE_INFINITY, deps);
    expect((await deps.subscriptions.count("s-")).all).toBe(webhooksPerHostMax);
  });

  it("is requested a few times for a host only", async () => {
    const { subscribe } = world();
    const webhook = "https://hooks.example.com/a";
    for (let n = 0; n <= verificationsPerHostMax; n += 1) {
      await subscribe({ webhook }, { address: `192.0.2.${n}` });
    }
    await expect(subscribe({ webhook }, { address: "192.0.2.99" })).rejects.toMatchObject({
      code: "too_many_requests",
      retryAfterSeconds: expect.any(Number),
    });
  });
});

describe("a request for a subscription", () => {
  it("comes from one client a limited number of times", async () => {
    const { subscribe } = world();
    for (let n = 0; n <= subscriptionsPerClientMax; n += 1) {
      await subscribe({ email: `a${n}@example.com` });
    }
    await expect(subscribe({ email: "b@example.com" })).rejects.toMatchObject({
      code: "too_many_requests",
    });
    await subscribe({ email: "b@example.com" }, { address: "192.0.2.2" });
  });

  it.each([
    [{}, "email: give either an address"],
    [{ email: "a@example.com", webhook: "https://example.com/" }, "email: give either an address"],
    [{ email: "nobody" }, "email"],
    [{ webhook: "ftp://example.com/" }, /^webhook: must be an http or https URL$/],
    [{ webhook: "https://a:b@example.com/" }, /^webhook: contains a user name or password/],
    [{ email: "a@example.com", components: "evens" }, "components"],
    [{ email: "a@example.com", regions: "mars-1" }, "mars-1 is not a region"],
    [{ email: "a@example.com", component: "events" }, "did you mean components?"],
  ])("with %j is refused", async (fields, says) => {
    await expect((async () => world().subscribe(fields))()).rejects.toThrow(says);
  });

  it("of a form may have empty fields and repeated ones", async () => {
    const { queued, subscribe } = world();
    await subscribe({
      email: "a@example.com",
      webhook: "",
      components: ["events", "api"],
      regions: "",
    });
    expect(queued).toMatchObject([
      { subscription: { components: ["events", "api"], regions: [] } },
    ]);
  });

  it("adds a bounded number of contacts to a product", async () => {
    const { deps, subscribe } = world();
    for (let n = 0; n < contactsPerProductMax; n += 1) {
      const channel = { kind: "email" as const, address: `a${n}@example.com` };
      const more = { components: [], regions: [], api, key: "us-east-1", product: 7 };
      await activate({ id: subscriptionId(channel, 7), channel, ...more }, deps);
    }
    const more = { email: "b@example.com" };
    await expect(subscribe(more, { product: 7 })).rejects.toMatchObject({ code: "limit_reached" });
    await subscribe(more, { product: 8 });
  });
});
