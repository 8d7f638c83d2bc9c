import { minuteMs } from "../../platform/durations.ts";
import { Failure } from "../../platform/failure.ts";
import type { Accounts } from "../accounts.ts";
import type { OneTimeTokens } from "../token/oneTimeToken.ts";
import { mailRateLimit, type RateLimiter, recipientRateLimit } from "../verify/rateLimit.ts";
import { addressTokenMinutes, mailMinutesMax, resetTokenMinutes } from "./limits.ts";
import { type Mail, type Mailer, mailAddress } from "./mail.ts";
import { addMailedToken } from "./mailedToken.ts";
import type { MailRequest } from "./mailRequest.ts";
import {
  addressChangeMail,
  confirmMail,
  invitationMail,
  offerMail,
  resetMail,
  usageNoticeMail,
} from "./mailText.ts";

/** What sending one mail requires. */
export interface SendMailDeps {
  rateLimiter: Pick<RateLimiter, "acquire" | "release">;
  mailer: Mailer;
  now: () => number;
  /** Called when a mail of this kind was not sent because of the rate limit of its recipient. */
  onRateLimited: (kind: string) => void;
}

interface Deps extends SendMailDeps {
  accounts: Pick<Accounts, "findUser" | "findUserByAnyName" | "findProduct" | "changeUser">;
  oneTimeTokens: OneTimeTokens;
}

/**
 * Sends a queued mail, or none if it has no recipient. A repeated call sends a newer token and
 * invalidates the previous one. Fails with `target_refused` when the mail can never be sent or is
 * older than `mailMinutesMax`, and with `target_unavailable` or `too_many_requests` when it may
 * succeed later.
 */
export const sendMail = async (request: MailRequest, deps: Deps): Promise<void> => {
  if (deps.now() - request.orderedAt > mailMinutesMax * minuteMs) {
    throw new Failure("the mail has expired in the queue", { code: "target_refused" });
  }
  switch (request.kind) {
    case "password-reset":
      return sendReset(request, deps);
    case "change-address":
      return sendConfirmation(request, deps);
    case "invitation":
      return sendWithinLimits(
        "invitation",
        request.to,
        async () => invitationMail(request.to, request),
        deps,
      );
    case "usage-notice":
      return sendNotice(request, deps);
    case "ownership-offer":
      return sendWithinLimits(
        "ownership-offer",
        request.to,
        async () => offerMail(request.to, request),
        deps,
      );
  }
};

type RequestOf<Kind extends MailRequest["kind"]> = Extract<MailRequest, { kind: Kind }>;

const sendReset = async ({ username }: RequestOf<"password-reset">, deps: Deps): Promise<void> => {
  const user = await deps.accounts.findUser(username);
  if (user === undefined || user.disabled === true) return;
  const claim = { purpose: "password-reset" } as const;
  const lifetimeMs = resetTokenMinutes * minuteMs;
  const write = async () =>
    resetMail(username, await addMailedToken(user, { claim, lifetimeMs }, deps));
  await sendWithinLimits("password-reset", username, write, deps);
};

/** To the owner of the product or the user, by their current name. */
const sendNotice = async (request: RequestOf<"usage-notice">, deps: Deps): Promise<void> => {
  const { accounts } = deps;
  const { username, product: id } = request;
  const product = id === undefined ? undefined : await accounts.findProduct(id);
  if (id !== undefined && product === undefined) return;
  const user = await accounts.findUserByAnyName(product?.owner ?? username);
  if (user === undefined || user.disabled === true) return;
  const write = async () => usageNoticeMail(user.username, request);
  // The limit is in force now: earlier notices must not use up the rate of this one.
  const kind = request.percent === 100 ? "usage-limit-reached" : "usage-notice";
  await sendWithinLimits(kind, user.username, write, deps);
};

const sendConfirmation = async (
  request: RequestOf<"change-address">,
  deps: Deps,
): Promise<void> => {
  const { username, fleet, to, invalidateTokens, orderedAt, sessionGeneration } = request;
  const user = await deps.accounts.findUser(username);
  const taken = await deps.accounts.findUserByAnyName(to);
  // Neither the owner of the address nor the requester is notified.
  const isTheirs = taken === undefined || taken.fleet === fleet;
  if (user?.fleet !== fleet || user.disabled === true || !isTheirs) return;
  // A new password cancels requests that were made with the old one.
  if ((user.sessionsFrom ?? 0) > orderedAt) return;
  if (user.sessionGeneration !== sessionGeneration) return;
  // The notification first: if it cannot be sent, the address is not changed.
  await sendWithinLimits(
    "change-address",
    username,
    async () => addressChangeMail(username, to),
    deps,
  );
  const claim = { purpose: "change-address", to, invalidateTokens } as const;
  const lifetimeMs = addressTokenMinutes * minuteMs;
  const write = async () =>
    confirmMail(to, username, await addMailedToken(user, { claim, lifetimeMs }, deps));
  await sendWithinLimits("change-address", to, write, deps);
};

/**
 * Sends a mail unless its address is invalid or has reached its rate limit. A mail that is not sent
 * is not counted. Fails with `too_many_requests` while the region has reached its rate limit.
 */
export const sendWithinLimits = async (
  kind: string,
  to: string,
  write: () => Promise<Mail>,
  { rateLimiter, mailer, now, onRateLimited }: SendMailDeps,
): Promise<void> => {
  // The name of a user is not always a mail address.
  if (!mailAddress.safeParse(to).success) return;
  const [recipient, all] = [`mail#${kind}#${to}`, "mail#all"];
  if ((await rateLimiter.acquire(recipient, now(), recipientRateLimit)) > 0) {
    onRateLimited(kind);
    return;
  }
  const taken = [recipient];
  try {
    if ((await rateLimiter.acquire(all, now(), mailRateLimit)) > 0) {
      throw new Failure("the region has reached its rate limit for mails", {
        code: "too_many_requests",
      });
    }
    taken.push(all);
    await mailer.send(await write());
  } catch (error) {
    for (const each of taken) await rateLimiter.release(each);
    throw error;
  }
};
