import { describe, expect, it } from "vitest";
import {
  confirmMail,
  invitationMail,
  offerMail,
  resetMail,
} from "#shared/account/mail/mailText.ts";

const token = "0123456789abcdef0123456789abcdef01234567";
const to = "ada@example.org";

describe("the mails that ask a person to act", () => {
  it.each([
    resetMail(to, token),
    confirmMail(to, "former@example.org", token),
    invitationMail(to, { productName: "Lamps", role: "Developer", invitedBy: "grace" }),
    offerMail(to, { productName: "Lamps", by: "grace" }),
  ])("name the way in the console and the one of the API: $subject", ({ text }) => {
    expect(text).toContain("the console");
    expect(text).toMatch(/(PUT|GET) \/v1\/user\//);
  });

  it.each([resetMail(to, token), confirmMail(to, "former@example.org", token)])(
    "have the token on a line of its own, to copy it: $subject",
    ({ text }) => {
      expect(text.split("\n").map((line) => line.trim())).toContain(token);
    },
  );
});
