import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sesMailer } from "#shared/aws/account/mailer.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0).reverse()) await close();
});

const mail = { to: "ada@example.com", subject: "Hello", text: "x" };

/** SES that gives one answer, and the requests that it got. */
const answering = async (status: number, body: string) => {
  const requests: { url?: string; headers: object; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    requests.push({ url: request.url!, headers: request.headers, body: JSON.parse(text) });
    response.writeHead(status).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_SESSION_TOKEN", "T");
  vi.stubEnv("AWS_ENDPOINT_URL_SESV2", `http://127.0.0.1:${port}`);
  return { mailer: sesMailer({ from: "g@example.com" }), requests, server };
};

describe("mails by SES", () => {
  it("are sent by one signed request, with the session token of a role", async () => {
    const { mailer, requests } = await answering(200, '{"MessageId":"1"}');
    await mailer.send(mail);
    expect(requests).toMatchObject([
      {
        url: "/v2/email/outbound-emails",
        headers: {
          authorization: expect.stringContaining("/eu-west-1/ses/aws4_request"),
          "x-amz-security-token": "T",
        },
        body: { FromEmailAddress: "g@example.com", Destination: { ToAddresses: [mail.to] } },
      },
    ]);
  });

  it.each([
    [400, '{"message":"Email address is not verified."}', "target_refused", "not verified"],
    [404, "", "target_refused", "404"],
    [403, '{"message":"not authorized"}', "target_unavailable", "not authorized"],
    [429, "{}", "target_unavailable", "429"],
    [500, "<html>", "target_unavailable", "500"],
  ])("with the response %i %s are %s", async (status, body, code, says) => {
    const { mailer } = await answering(status, body);
    await expect(mailer.send(mail)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
    });
  });

  it("are retried later when SES is unavailable", async () => {
    const { mailer, server } = await answering(200, "");
    await new Promise((resolve) => server.close(resolve));
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: "target_unavailable" });
  });
});
