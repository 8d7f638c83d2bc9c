import { execFileSync } from "node:child_process";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod";
import { axeViolations, openBrowser, overflows } from "../support/openBrowser.ts";
import { api, document, type OpenReference, openReference } from "./openReference.ts";

const operations = Object.values(document.paths)
  .flatMap((methods) => Object.values(methods))
  .map((each) =>
    z
      .looseObject({ operationId: z.string(), summary: z.string(), tags: z.array(z.string()) })
      .parse(each),
  );

const browser: Browser | undefined = await openBrowser();

/** What a piece of code sends. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: object;
  readonly body: unknown;
}

/** A request in one form, whichever way a URL was encoded. */
const requestOf = (method: string, address: string, body: string | undefined): Request => {
  const { pathname, searchParams } = new URL(address);
  const query = Object.fromEntries(searchParams);
  const given = body === undefined || body === "" ? undefined : JSON.parse(body);
  return { method, path: decodeURIComponent(pathname), query, body: given };
};

/** What a `curl` command sends. */
const sentByCurl = (command: string): Request => {
  const script = `curl() { node -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }; ${command}`;
  const words: string[] = JSON.parse(
    execFileSync("sh", ["-c", script], { env: { ...process.env, TOKEN: "t" } }).toString(),
  );
  const after = (option: string): string | undefined =>
    words.includes(option) ? words[words.indexOf(option) + 1] : undefined;
  const url = words.find((word) => word.startsWith(api)) ?? "";
  return requestOf(after("-X") ?? "GET", url, after("-d"));
};

describe.skipIf(browser === undefined)("the reference in a browser", () => {
  let shown: OpenReference;

  const open = async (options: Parameters<typeof openReference>[1] = {}) => {
    if (browser === undefined) throw new Error("no browser");
    const opened = await openReference(browser, options);
    onTestFinished(() => opened.page.context().close());
    return opened;
  };

  beforeAll(async () => {
    if (browser !== undefined) shown = await openReference(browser);
  });
  afterAll(() => browser?.close());

  it("finds an operation by the keyboard, whose page has a URL", async () => {
    const { page, show, problems } = shown;
    await show("");
    await page.getByLabel("Search").focus();
    await page.keyboard.type("publish event");
    await page.getByText(/^\d of \d+ operations$/).waitFor();
    const link = page.getByRole("link", { name: /^Publish an event.*\/v1\/devices\/events$/ });
    await link.focus();
    await page.keyboard.press("Enter");
    const heading = page.getByRole("heading", { level: 1, name: "Publish an event" });
    await heading.waitFor();
    expect(page.url()).toBe(`${api}/console/reference/publishEvent`);
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await page.goBack();
    await page.getByRole("heading", { name: "The API of this cloud" }).waitFor();
    expect(problems).toEqual([]);
  });

  it("shows every operation, with its origin, access and errors", async () => {
    const { page, show, problems } = shown;
    await show("");
    for (const { operationId, summary } of operations) {
      await page.evaluate(
        `history.pushState(null, "", "/live/console/reference/${operationId}");
         dispatchEvent(new PopStateEvent("popstate"));`,
      );
      await page.getByRole("heading", { level: 1, name: summary, exact: true }).waitFor();
    }
    expect(problems).toEqual([]);
    await show("changeDevice");
    const text = await page.locator("main").innerText();
    for (const part of ["As in Particle's API.", "devices:update", "precondition_failed", "412"]) {
      expect(text).toContain(part);
    }
    await show("listRecoveries");
    expect(await page.locator("main").innerText()).toContain("An extension of Godwit.");
  }, 60_000);

  it("has the code of the request, with the values of the fields", async () => {
    const { page, show } = shown;
    await show("changeDevice");
    await page.getByLabel(/^device/).fill("porch light");
    await page.getByLabel("Body to send").fill('{"name":"it\'s"}');
    const code = (language: string) => page.getByRole("group", { name: `Code: ${language}` });
    expect(sentByCurl(await code("curl").innerText())).toEqual({
      method: "PUT",
      path: "/live/v1/devices/porch light",
      query: {},
      body: { name: "it's" },
    });
    for (const language of ["JavaScript", "Typed client"]) {
      await page.getByRole("button", { name: language, exact: true }).click();
      expect(await code(language).innerText()).toContain('{"name":"it\'s"}');
    }
  });

  it("sends a request with a token at once, and shows hostile text as text", async () => {
    const { page, show, sent } = await open();
    await show("listDevices");
    const button = page.getByRole("button", { name: "Send" });
    expect(await button.isDisabled()).toBe(true);
    await page.getByLabel("Access token").fill("secret");
    await page.getByLabel(/^limit/).fill("2");
    await button.click();
    const shownAnswer = page.getByRole("group", { name: "Answer" });
    await shownAnswer.waitFor();
    expect(await shownAnswer.innerText()).toContain("<script>");
    expect(await shownAnswer.innerText()).toContain("\\u{202e}");
    expect(sent).toMatchObject([{ method: "GET", url: `${api}/v1/devices?limit=2` }]);
    expect(sent[0]?.headers).toMatchObject({ authorization: "Bearer secret" });
    expect(sent[0]?.headers).not.toHaveProperty("x-csrf-token");
  });

  it("asks before a change, and sends it with the session of the console", async () => {
    const { page, show, sent } = await open({ isSignedIn: true });
    await show("changeDevice");
    await page.getByText("ada@example.com").waitFor();
    const button = page.getByRole("button", { name: "Send…" });
    await button.click();
    await page.getByRole("dialog", { name: "Send PUT?" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(sent).toEqual([]);
    await page.getByLabel("Body to send").fill("{");
    expect(await button.isDisabled()).toBe(true);
    await page.getByLabel("Body to send").fill('{"name":"porch"}');
    await button.click();
    await page.getByRole("dialog").getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("group", { name: "Answer" }).waitFor();
    expect(sent).toMatchObject([{ method: "PUT", body: '{"name":"porch"}' }]);
    expect(sent[0]?.headers).toMatchObject({ "x-csrf-token": "csrf" });
    expect(sent[0]?.headers).not.toHaveProperty("authorization");
  });

  it.each([
    [320, "dark"],
    [3_840, "light"],
  ] as const)(
    "is accessible and needs no sideways scrolling at %i px",
    async (width, colorScheme) => {
      const { page, show, problems } = await open({
        viewport: { width, height: 800 },
        colorScheme,
      });
      for (const operation of ["", "createIntegration", "streamEvents", "removeUser", "nothing"]) {
        await show(operation);
        expect([operation, await axeViolations(page)]).toEqual([operation, []]);
        expect([operation, await overflows(page)]).toEqual([operation, false]);
      }
      expect(problems).toEqual([]);
    },
    60_000,
  );
});
