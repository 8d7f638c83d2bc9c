import { describe, expect, it } from "vitest";
import { mailRequest } from "#shared/account/mail/mailRequest.ts";
import { accountsWorld } from "../world.ts";

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
