import { describe, expect, it } from "vitest";
import type { Mail, Mailer } from "#shared/account/mail/mail.ts";

export interface OpenMailer {
  readonly mailer: Mailer;
  /** The sent mails. */
  arrived(): Promise<readonly Mail[]>;
}

const mail: Mail = {
  to: "ada@example.com",
  subject: "Grüße",
  text: "A line\n.\nand ünother\n",
};

/** Contract of every implementation of `Mailer`. */
export const mailerContract = (open: () => Promise<OpenMailer>): void => {
  describe("a mailer", () => {
    it("accepts a valid mail", async () => {
      const { mailer, arrived } = await open();
      await mailer.send(mail);
      expect(await arrived()).toEqual([mail]);
    });

    it.each([
      { to: "ada@example.com, eve@example.com" },
      { to: "ada@example.com\r\nBcc: eve@example.com" },
      { to: "Ada <ada@example.com>" },
      { to: "ada" },
      { subject: "Hello\r\nBcc: eve@example.com" },
      { subject: "Hello\nX: y" },
      { subject: "Hello\u0000" },
      { subject: "Hello\u0085X: y" },
      { subject: "" },
    ])("sends nothing with %o", async (given) => {
      const { mailer, arrived } = await open();
      await expect(mailer.send({ ...mail, ...given })).rejects.toThrow();
      expect(await arrived()).toEqual([]);
    });
  });
};
