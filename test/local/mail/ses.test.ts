import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sesMailer } from "#shared/aws/account/mailer.ts";
import { mailsKeptMax } from "../../../local/mail/limits.ts";
import { startSes } from "../../../local/mail/ses.ts";
import { mailerContract, type OpenMailer } from "../../contracts/account/mailer.ts";
import { memoryMailer } from "../../memory/account/mail.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "LOCAL", secretAccessKey: "secret" };
const from = "godwit@example.com";
const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0).reverse()) await close();
});

const decoded = (subject: string): string =>
  subject.replace(/=\?UTF-8\?B\?(.+)\?=/, (_, text) => Buffer.from(text, "base64").toString());

const read = (text: string) => {
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const value = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(head)?.[1]?.trim() ?? "";
  return {
    to: value("To"),
    subject: decoded(value("Subject")),
    text: body.replaceAll("\r\n", "\n"),
  };
};

const start = async (given = credentials) => {
  const folder = mkdtempSync(join(tmpdir(), "godwit-mail-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const lines: object[] = [];
  const log = (message: string, fields: object = {}) => void lines.push({ message, ...fields });
  const ses = await startSes({ folder, region, account: "000000000000", credentials, log });
  closing.push(ses.stop);
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", given.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", given.secretAccessKey);
  vi.stubEnv("AWS_ENDPOINT_URL_SESV2", ses.url);
  const mailer = sesMailer({ from });
  const files = () => readdirSync(folder).sort();
  const arrived: OpenMailer["arrived"] = async () =>
    files().map((name) => read(readFileSync(join(folder, name), "utf8")));
  return { mailer, arrived, files, folder, lines };
};

mailerContract(start);
describe("in memory", () => {
  mailerContract(async () => {
    const mailer = memoryMailer();
    return { mailer, arrived: async () => mailer.sent };
  });
});

const mail = { to: "ada@example.com", subject: "Hello", text: "a secret token\n" };

describe("emails on one machine", () => {
  it("are files readable by their owner only; the log has their path but not their content", async () => {
    const { mailer, files, folder, lines } = await start();
    await mailer.send(mail);
    const [name = ""] = files();
    expect(name).toMatch(/^\d{4}-.*\.eml$/);
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(lines).toEqual([
      { message: "email written", to: "ada@example.com", path: join(folder, name) },
    ]);
  });

  it("are limited in number: the oldest is deleted", async () => {
    const { mailer, files, folder } = await start();
    const old = Array.from({ length: mailsKeptMax }, (_, i) => `2025-${10_000 + i}.eml`);
    for (const name of old) writeFileSync(join(folder, name), "");
    await mailer.send(mail);
    expect(files()).toHaveLength(mailsKeptMax);
    expect(files()).not.toContain(old[0]);
    expect(files().at(-1)).not.toBe(old.at(-1));
  });

  it("require a signature with the credentials of this start", async () => {
    const { mailer, files } = await start({ ...credentials, secretAccessKey: "another" });
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: "target_unavailable" });
    expect(files()).toEqual([]);
  });
});
