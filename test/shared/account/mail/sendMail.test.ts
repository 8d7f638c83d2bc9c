import { describe, expect, it } from "vitest";
import { mailRequest } from "#shared/account/mail/mailRequest.ts";
import { accountsWorld, username } from "../world.ts";

describe("the mail of an invitation", () => {
  const order = {
    kind: "invitation",
    to: "eve@example.com",
    product: 100_000_001,
    productName: "Thermostat\r\nBcc: x@example.com",
    role: "developer",
    invitedBy: "ada@example.com",
  } as const;

  it("goes to the invited person, with or without an account, and text of other users is one line", async () => {
    const { deps, deliverMails } = await accountsWorld();
    deps.mailQueue.waiting.push(mailRequest.parse({ ...order, orderedAt: deps.now() }));
    const [mail] = await deliverMails();
    expect(mail).toMatchObject({ to: "eve@example.com", subject: "You are invited to a team" });
    expect(mail?.text).toContain('"Thermostat Bcc: x@example.com", with the role developer.');
  });
});

describe("the mail of a notice about a limit", () => {
  const notice = {
    kind: "usage-notice",
    username: "ada@example.com",
    subject: "pumps\r\nBcc: x@example.com by month",
    percent: 90,
    used: 903,
    limit: 1_000,
    action: "park",
    reachedAt: "2026-01-26T04:10:00.000Z",
    endsAt: "2026-02-01T00:00:00.000Z",
  } as const;

  it("goes to the user, or to the owner of the product", async () => {
    const { deps, deliverMails, product } = await accountsWorld();
    const send = async (more: object) => {
      const order = { ...notice, ...more, orderedAt: deps.now() };
      deps.mailQueue.waiting.push(mailRequest.parse(order));
      return (await deliverMails()).map(({ to, subject }) => ({ to, subject }));
    };
    const subject = "Usage: pumps Bcc: x@example.com by month at 90 %";
    expect(await send({ username: "nobody@example.com" })).toEqual([]);
    expect(await send({ username: "nobody@example.com", product: 1 })).toEqual([]);
    const sent = [{ to: username, subject }];
    expect(await send({ username: "a@b.c", product: product.id })).toEqual(sent);
    // A disabled user gets no further one.
    await deps.accounts.changeUser(username, { disabled: true });
    expect(await send({ username })).toEqual(sent);
  });

  it("that the limit is reached is sent, however many others were sent before", async () => {
    const { deps, deliverMails } = await accountsWorld();
    for (const percent of [50, 70, 90, 50, 70, 90, 100]) {
      const order = { ...notice, username, percent, orderedAt: deps.now() };
      deps.mailQueue.waiting.push(mailRequest.parse(order));
    }
    const subjects = (await deliverMails()).map(({ subject }) => subject.split(" at ")[1]);
    expect(subjects.length).toBeLessThan(7);
    expect(subjects.at(-1)).toBe("100 %");
  });
});
