import type { Caller } from "#shared/account/caller/authenticateCaller.ts";
import { dynamoRateLimiter } from "#shared/aws/account/rateLimiter.ts";
import { openQueues, sqsConfirmationQueue } from "#shared/aws/event/queues.ts";
import {
  dynamoPendingSubscriptions,
  dynamoSubscriptions,
  dynamoVerifications,
} from "#shared/aws/notice/subscriptions.ts";
import { openTables } from "#shared/aws/platform/clients.ts";
import { contactsPerProductMax } from "#shared/notice/limits.ts";
import { scopeText } from "#shared/notice/outbox/noticeMail.ts";
import {
  confirmSubscription,
  findByToken,
  findPending,
  unsubscribe,
} from "#shared/notice/subscription/confirmSubscription.ts";
import { type Requested, requestSubscription } from "#shared/notice/subscription/subscribe.ts";
import {
  contactPrefix,
  type Subscription,
  scopeOfInterest,
  type UnconfirmedSubscription,
} from "#shared/notice/subscription/subscription.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import {
  type ContactBody,
  type RequestedBody,
  statusSubscriptionRoutes,
} from "#shared/routes/statusSubscriptionRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { api, open } from "./edge/http/api.ts";
import { type Page, withPage } from "./edge/http/page.ts";
import { logger } from "./edge/logger.ts";
import { openKeys } from "./edge/noticeKeys.ts";

const names = env.subscriptions.parse(process.env);
const { globals, withToken } = openCallers(names);
const now = Date.now;
const table = names.OPERATIONS_TABLE;
const deps = {
  subscriptions: dynamoSubscriptions(globals, table, now),
  pending: dynamoPendingSubscriptions(globals, table, now),
  verifications: dynamoVerifications(globals, table, now),
  keys: openKeys(globals, names),
  mailQueue:
    names.MAIL_QUEUE_URL === undefined
      ? undefined
      : sqsConfirmationQueue(openQueues(), names.MAIL_QUEUE_URL),
  rateLimiter: dynamoRateLimiter(openTables(), names.RATE_LIMITS_TABLE),
  regions: names.REGIONS,
  region: names.AWS_REGION,
  now,
};

const mailed =
  "If the address is valid, it gets a mail with a link that confirms the subscription.";
const posted = "The webhook gets a signed request with a challenge, which it must answer.";

const requestedView = (requested: Requested): RequestedBody =>
  requested.kind === "email"
    ? { ok: true, message: mailed }
    : {
        ok: true,
        message: posted,
        id: requested.id,
        signing_secret: requested.signingSecret,
        token: requested.token,
      };

const shownView = ({ channel, components, regions }: UnconfirmedSubscription, active: boolean) =>
  ({ ok: true, kind: channel.kind, components, regions, active }) as const;

const contactView = ({
  id,
  channel,
  components,
  regions,
  confirmedAt,
}: Subscription): ContactBody => ({
  id,
  kind: channel.kind,
  target: channel.kind === "email" ? channel.address : channel.url,
  components,
  regions,
  confirmed_at: new Date(confirmedAt).toISOString(),
});

const productOf = ({ product }: Caller): number => {
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  return product.id;
};

const scopeIn = (body: unknown): string => {
  const parsed = scopeOfInterest.safeParse(body);
  return parsed.success ? scopeText(parsed.data) : "";
};

const requestedPage = (body: unknown): Page => {
  const { message = mailed, signing_secret: secret, token } = Object(body);
  const secrets =
    secret === undefined
      ? []
      : [`Secret of the signatures: ${secret}`, `Token that ends it: ${token}`];
  return { title: "Almost done", sentences: [String(message), ...secrets] };
};

const button = (token: string, action: "confirm" | "unsubscribe", text: string): Page["form"] => ({
  action,
  button: text,
  fields: { token },
});

export const handler = api(statusSubscriptionRoutes, {
  requestSubscription: withPage(
    requestedPage,
    open(async (input, origin) => requestedView(await requestSubscription(input, origin, deps))),
  ),
  showConfirmation: withPage(
    (body, token) => ({
      title: "Confirm your subscription",
      sentences: [`Messages about ${scopeIn(body)}.`],
      form: button(token, "confirm", "Confirm"),
    }),
    open(async ({ token }) => shownView(await findPending(token, deps), false)),
  ),
  confirmSubscription: withPage(
    () => ({
      title: "You are subscribed",
      sentences: ["Every message has a link to unsubscribe."],
    }),
    open(async ({ token }) => {
      const { id } = await confirmSubscription(token, deps);
      logger.info("subscription confirmed", { id });
      return { ok: true };
    }),
  ),
  showUnsubscription: withPage(
    (body, token) => ({
      title: "Unsubscribe",
      sentences: [`You get messages about ${scopeIn(body)}.`],
      form: button(token, "unsubscribe", "Unsubscribe"),
    }),
    open(async ({ token }) => {
      const found = await findByToken(token, deps);
      if (found === undefined) {
        throw new Failure("This subscription has ended", { code: "not_found" });
      }
      return shownView(found.subscription, found.isActive);
    }),
  ),
  unsubscribe: withPage(
    () => ({ title: "You are unsubscribed", sentences: ["You get no more messages."] }),
    open(async ({ token }) => {
      await unsubscribe(token, deps);
      return { ok: true };
    }),
  ),
  listContacts: withToken(async (_, caller) => {
    const prefix = contactPrefix(productOf(caller));
    const page = await deps.subscriptions.page({ prefix, limit: 2 * contactsPerProductMax });
    return { contacts: page.subscriptions.map(contactView) };
  }),
  addContact: withToken(async (input, caller, origin) => {
    const from = { ...origin, product: productOf(caller) };
    return requestedView(await requestSubscription(input, from, deps));
  }),
  removeContact: withToken(async ({ id }, caller) => {
    const isOwn = id.startsWith(contactPrefix(productOf(caller)));
    if (!isOwn || !(await deps.subscriptions.remove(id))) {
      throw new Failure("There is no such contact", { code: "not_found" });
    }
    return { ok: true };
  }),
});
