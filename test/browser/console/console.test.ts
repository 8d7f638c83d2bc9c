import { createSign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Cloud } from "../../../local/cloud.ts";
import { apiClient } from "../../flow/support/client.ts";
import { mailedToken } from "../../flow/support/mails.ts";
import { startTestCloud } from "../../flow/support/testCloud.ts";
import { axeViolations, openBrowser, overflows } from "../support/openBrowser.ts";
import {
  askAdmin,
  type ConsolePage,
  openPage,
  openSignedIn,
  signInLink,
} from "./support/openConsole.ts";

const browser: Browser | undefined = await openBrowser();

/**
 * A target of webhooks. It answers with a redirect, which is a dead letter at once, until it works.
 */
interface Target {
  readonly server: Server;
  readonly url: string;
  works: boolean;
  readonly bodies: string[];
}

const openTarget = async (): Promise<Target> => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => {
      body += piece.toString();
    });
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(target.works ? 200 : 301, { location: "https://example.com/" });
      response.end('<script>alert("reply")</script>');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const target = { server, url: `http://127.0.0.1:${port}/hook`, works: false, bodies };
  return target;
};

/** Makes a product with one device of the same name. */
const productWithDevice = async (
  call: ReturnType<typeof apiClient>,
  name: string,
): Promise<{ product: number; device: string }> => {
  const { body: made } = await call("POST", "/v1/products", { name });
  const product = made.product.id;
  const device = { name: name.toLowerCase(), provision: true };
  const { body: added } = await call("POST", "/v1/devices", device);
  await call("POST", `/v1/products/${product}/devices`, { ids: [added.id] });
  return { product, device: added.id };
};

describe.skipIf(browser === undefined)("the console in a browser", () => {
  let cloud: Cloud;
  let target: Target;
  let call: ReturnType<typeof apiClient>;
  let shown: ConsolePage;

  beforeAll(async () => {
    cloud = await startTestCloud({ demo: true });
    target = await openTarget();
    call = apiClient(cloud, cloud.user.token);
    if (browser !== undefined) shown = await openSignedIn(cloud, browser);
  });

  afterAll(async () => {
    await shown?.close();
    await browser?.close();
    target?.server.close();
    await cloud?.stop();
  });

  const openNew = async () => {
    if (browser === undefined) throw new Error("no browser");
    const opened = await openPage(cloud, browser);
    onTestFinished(() => opened.close());
    return opened;
  };

  it("signs in by a link, which works once and leaves the address", async () => {
    const { page, problems } = await openNew();
    const link = await signInLink(cloud);
    await page.goto(link);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(page.url()).toBe(`${cloud.api}/console/`);
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in to Godwit" }).waitFor();
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByRole("alert").waitFor();
    expect(problems).toEqual([]);
  });

  it("signs in by password, by the keyboard alone, and opens the screen of the address", async () => {
    const { page, problems, show } = await openNew();
    await show("devices?search=demo");
    expect(await axeViolations(page)).toEqual([]);
    const { username, password } = cloud.user;
    await page.keyboard.press("Tab");
    await page.keyboard.type(username);
    await page.keyboard.press("Tab");
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Password").fill(password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Devices" }).waitFor();
    await page.getByRole("link", { name: cloud.device.name }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("shows the user of the browser's session, also if another tab has changed it", async () => {
    const { page, show, problems } = await openNew();
    await page.goto(await signInLink(cloud));
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await show("events");
    const grace = "grace@example.org";
    await askAdmin(cloud, { addUser: { username: grace, password: "correct horse" } });
    const other = await page.context().newPage();
    await other.goto(await signInLink(cloud, grace));
    await other.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("late");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText(grace).waitFor();
    expect(problems).toEqual([]);
  });

  it("sets a new password with the token of a mail, also on a page opened later", async () => {
    const { page, problems, show } = await openNew();
    const username = "linus@example.org";
    await askAdmin(cloud, { addUser: { username, password: "forgotten horse" } });
    await show("usage");
    await page.getByLabel("Name").fill(username);
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByRole("button", { name: "Send the mail", exact: true }).click();
    await page.getByText(`If ${username} is an account`).waitFor();
    const token = await mailedToken(cloud, username);
    await show("usage");
    await page.getByRole("button", { name: "Forgot your password?" }).click();
    await page.getByRole("button", { name: "I have a token", exact: true }).click();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel("Token").fill(` ${token} `);
    await page.getByLabel("New password").fill("correct horse");
    await page.getByRole("button", { name: "Set the password", exact: true }).click();
    await page.getByLabel("Name").fill(username);
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("No device has used anything in 30 days.").waitFor();
    await page.getByRole("link", { name: "Provision a device" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("provisions a device and shows its key once", async () => {
    const { page, show } = shown;
    await show("devices/new");
    await page.getByLabel("Name (optional)").fill("porch");
    await page.getByRole("button", { name: "Provision", exact: true }).click();
    await page.getByText("The private key is shown only now.").waitFor();
    await page.getByText("device-key.pem", { exact: true }).click();
    expect(await page.getByLabel("device-key.pem", { exact: true }).innerText()).toContain(
      "PRIVATE KEY",
    );
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    for (const name of ["mosquitto", "ESP-IDF", "Node.js client"]) {
      await page.getByLabel("With", { exact: true }).selectOption(name);
      const commands = await page.getByLabel(`Commands for ${name}`, { exact: true }).innerText();
      expect(commands).toContain(new URL(cloud.mqtt).port);
    }
    await page.getByRole("link", { name: "Open the device" }).click();
    await page.getByRole("heading", { name: "porch" }).waitFor();
    // A screen reader begins at the heading of the new screen.
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    expect(await page.content()).not.toContain("PRIVATE KEY");
    await page.getByRole("button", { name: "Rotate…" }).click();
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText("The private key is shown only now.").waitFor();
    await page.getByText("device-key.pem", { exact: true }).click();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByText("Both are valid until").waitFor();
    await page.getByRole("button", { name: "Revoke…" }).click();
    await page.getByText(/2 certificates in .* end permanently/).waitFor();
    await page.keyboard.press("Escape");
    await page.getByText(/Nothing is recorded in the region/).waitFor();
    await page.getByRole("button", { name: "Hand over…" }).click();
    await page.getByText(/Its certificate keeps working/).waitFor();
    await page.getByRole("button", { name: "Hand over", exact: true }).click();
    await page.getByRole("link", { name: cloud.device.name }).waitFor();
    expect(await page.getByRole("link", { name: "porch" }).count()).toBe(0);
  });

  it("claims a device that was handed over, with a signature of its key", async () => {
    const { page, show } = shown;
    const add = { provision: true, name: "handed" };
    const { body: device } = await call("POST", "/v1/devices", add);
    await call("DELETE", `/v1/devices/${device.id}?keep_certificate=true`);
    await show("devices/new");
    await page.getByLabel("Id of the device").fill(device.id);
    await page.getByRole("button", { name: "Make a claim code", exact: true }).click();
    const command = await page.getByText(/^printf %s/).innerText();
    const text = /'(godwit-claim:[^']+)'/.exec(command)?.[1] ?? "";
    const signature = createSign("sha256").update(text).sign(device.private_key, "base64");
    await page.getByLabel("Signature (optional)").fill(signature);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Claim", exact: true }).click();
    await page.getByText("The device is yours.").waitFor();
    await page.getByRole("heading", { name: device.id }).waitFor();
  });

  it("calls a function, reads a variable, pings, and saves notes of a device", async () => {
    const { page, show } = shown;
    await show(`devices/${cloud.device.id}`);
    await page.getByText(/Checked after a silence of|Nothing is recorded in the region/).waitFor();
    await page.getByLabel("Argument of led").fill("on");
    await page.getByRole("button", { name: "Call led", exact: true }).click();
    await page.getByText("returned 1").waitFor();
    await page.getByRole("button", { name: "Read place", exact: true }).click();
    await page.getByText("on your desk").waitFor();
    await page.getByRole("button", { name: "Ping", exact: true }).click();
    await page.getByText(/The device answered in/).waitFor();
    await page.getByLabel("Notes", { exact: true }).fill("beside the door");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.").waitFor();
    const { body } = await call("GET", `/v1/devices/${cloud.device.id}`);
    expect(body.notes).toBe("beside the door");
    // The device publishes every five seconds.
    await page.getByRole("cell", { name: "temperature", exact: true }).first().waitFor();
  });

  it("publishes an event, filters, pauses and counts what arrives meanwhile", async () => {
    const { page, show } = shown;
    await show("events?text=garage");
    await page.getByText("live", { exact: true }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("door");
    await page.getByLabel("Data", { exact: true }).fill("garage open");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("cell", { name: "garage open" }).waitFor();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByLabel("Data", { exact: true }).fill("garage closed");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText(/[1-9]\d* since the pause/).waitFor();
    expect(await page.getByRole("cell", { name: "garage closed" }).count()).toBe(0);
    await page.getByRole("button", { name: "Continue", exact: true }).click();
    await page.getByRole("cell", { name: "garage closed" }).waitFor();
  });

  it("says as of when its data is while the network is gone, and loses no event", async () => {
    const { page, show } = shown;
    await show("events?prefix=night");
    await page.getByText("live", { exact: true }).waitFor();
    await call("POST", "/v1/devices/events", { name: "night", data: "before" });
    await page.getByRole("cell", { name: "before" }).waitFor();
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "curl: Publish this event" }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("night");
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByText(/as of \d\d:\d\d/).waitFor();
    await call("POST", "/v1/devices/events", { name: "night", data: "meanwhile" });
    await page.context().setOffline(false);
    await page.getByText(/as of \d\d:\d\d/).waitFor({ state: "detached" });
    await page.getByRole("cell", { name: "meanwhile" }).waitFor();
    expect(await page.getByRole("cell", { name: "before" }).count()).toBe(1);
  });

  it("creates an integration from a template with a preview, and tests it", async () => {
    const { page, show } = shown;
    await show("integrations/new");
    await page.getByLabel("Template", { exact: true }).selectOption("InfluxDB");
    await page.getByText(/climate,device=\w+ celsius=21.5,humidity=48/).waitFor();
    await page.getByLabel("Events whose names begin with").fill("delivery-test");
    await page.getByText("does not match").waitFor();
    await page.getByLabel("Preview with").selectOption("recent events of the fleet");
    await page.getByText("Requests for recent events of the fleet").waitFor();
    await page.getByLabel("Preview with").selectOption("the example event of the template");
    await page.getByText("Requests for the example event").waitFor();
    await page.getByLabel("URL", { exact: true }).fill(target.url);
    await page.getByLabel("Name (optional)").fill("My server");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByText(/whsec_/).waitFor();
    await page.getByRole("link", { name: "Open the integration" }).click();
    await page.getByRole("heading", { name: "My server" }).waitFor();
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByText("redirected").waitFor();
    expect(target.bodies.at(-1)).toBe("climate,device=api celsius=21.5,humidity=");
  });

  it("shows why a delivery failed, and replays it with its plan first", async () => {
    const { page, show } = shown;
    const { body: list } = await call("GET", "/v1/integrations?name=My server");
    const [{ id }] = list;
    await call("POST", "/v1/devices/events", { name: "delivery-test", data: '{"celsius":7}' });
    await show(`integrations/${id}/dead-letters`);
    await page
      .getByText(/example.com/)
      .first()
      .waitFor();
    await page.goto(`${cloud.api}/console/integrations/${id}?outcome=failed`);
    await page.getByRole("row").filter({ hasText: "failed" }).getByRole("link").first().click();
    await page.getByRole("link", { name: "replay its dead letter" }).click();
    await page.getByRole("heading", { name: "Dead letter" }).waitFor();
    await page.getByText("Loading…").waitFor({ state: "detached" });
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Dead letters" }).click();
    target.works = true;
    await page.getByRole("button", { name: "Replay these…" }).click();
    await page.getByText("Expected time").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Replay 1", exact: true }).click();
    await page.getByText("1 of 1 are in the queue").waitFor();
    await page.getByText("There are no dead letters.").waitFor();
    expect(target.bodies.at(-1)).toBe("climate,device=api celsius=7,humidity=");
    await page.goto(`${cloud.api}/console/integrations/${id}`);
    await page
      .getByRole("link", { name: /^\d\d:\d\d:\d\d/ })
      .first()
      .click();
    await page.getByRole("heading", { name: "Attempt" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflows(page)).toBe(false);
    expect(await page.getByRole("group", { name: "Reply" }).innerText()).toContain(
      '<script>alert("reply")</script>',
    );
  });

  it("changes only what a person has changed, and refuses to overwrite a change of another", async () => {
    const { page, show } = shown;
    const { body: list } = await call("GET", "/v1/integrations?name=My server");
    const [{ id }] = list;
    await show(`integrations/${id}/edit`);
    await page.getByLabel("Text of the body").fill("c={{celsius}}");
    await call("PATCH", `/v1/integrations/${id}`, { name: "My other server" });
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await show(`integrations/${id}/edit`);
    await page.getByLabel("Text of the body").fill("c={{celsius}}");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("heading", { name: "My other server" }).waitFor();
    const { body } = await call("GET", `/v1/integrations/${id}`);
    expect(body.integration).toMatchObject({ body: "c={{celsius}}", name: "My other server" });
    expect(body.integration.headers.Authorization).toBe("********");
  });

  it("shows hostile text as text", async () => {
    const { page, show, problems } = shown;
    await show("events?prefix=h");
    await page.getByText("live", { exact: true }).waitFor();
    const hostile = [
      "<img src=x onerror=alert(1)>",
      '"><script>alert(1)</script>',
      "\u202egnp.exe",
      `a${"\u0301".repeat(300)}`,
      "javascript:alert(1)",
      "x".repeat(50_000),
      "\u001b[2J\u0000",
      "{{constructor.constructor('alert(1)')()}}",
    ];
    for (const data of hostile) {
      await call("POST", "/v1/devices/events", { name: "h<b>&amp;", data });
    }
    await page.getByText("\\u{1b}[2J").waitFor();
    await page.getByText("<img src=x onerror=alert(1)>").waitFor();
    expect(await page.locator("main img, main script, main b").count()).toBe(0);
    expect(await overflows(page)).toBe(false);
    expect(await axeViolations(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("is accessible and needs no sideways scrolling on every screen, from 320 px to 4K", async () => {
    if (browser === undefined) return;
    const { body: integrations } = await call("GET", "/v1/integrations");
    const path = `integrations/${integrations[0].id}`;
    const screens = ["", "devices", "devices/new", `devices/${cloud.device.id}`, "events"].concat(
      ["integrations", "integrations/new", path, `${path}/edit`, `${path}/dead-letters`],
      ["activity", "products", "tokens", "operations", "no/such/screen", "devices/nosuchdevice"],
      [
        "clients",
        "account",
        "operations/incidents",
        "operations/incidents/new",
        "operations/pages",
      ],
    );
    for (const [width, colorScheme] of [
      [320, "dark"],
      [3_840, "light"],
    ] as const) {
      const viewport = { width, height: 800 };
      const opened = await openSignedIn(cloud, browser, { viewport, colorScheme });
      onTestFinished(() => opened.close());
      for (const screen of screens) {
        await opened.show(screen);
        await opened.page.getByText("Loading…").waitFor({ state: "detached" });
        expect([screen, width, await axeViolations(opened.page)]).toEqual([screen, width, []]);
        expect([screen, width, await overflows(opened.page)]).toEqual([screen, width, false]);
      }
      expect(opened.problems).toEqual([]);
    }
  });

  it("shows an operator what needs a person, and the fleet of a product to its owner", async () => {
    const { page, show } = shown;
    await show("");
    await page.getByRole("link", { name: "Operations" }).click();
    await page.getByRole("cell", { name: "operational" }).first().waitFor();
    await page.getByRole("link", { name: "Products" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Thermostat <1>");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(page.url()).toMatch(/console\/products\/\d+$/);
    await page.getByRole("link", { name: "Devices", exact: true }).click();
    await page.getByText("There are no devices yet.").waitFor();
    expect(page.url()).toMatch(/products\/\d+\/devices$/);
    await page.getByRole("link", { name: "Team" }).click();
    await page.getByLabel("E-mail address").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel("E-mail address").fill("grace@example.com");
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await page.getByRole("cell", { name: "grace@example.com", exact: true }).first().waitFor();
    await page.getByLabel("Name", { exact: true }).fill("nightly");
    await page.getByRole("button", { name: "Create an API user", exact: true }).click();
    await page.getByText("It is shown only now").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("cell", { name: "nightly", exact: true }).waitFor();
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByLabel("Description", { exact: true }).fill("Measures rooms");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete…" }).click();
    const asked = await page.locator("label", { hasText: "to confirm" }).innerText();
    const [slug = ""] = /thermostat\S*/.exec(asked) ?? [];
    await page.getByLabel(/to confirm/).fill(slug);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByRole("heading", { name: "Products" }).waitFor();
  });

  it("uploads an image with a clear refusal, and puts a device into a group", async () => {
    const { page, show } = shown;
    const { product, device } = await productWithDevice(call, "Kettle");
    await show(`products/${product}/firmware`);
    await page.getByText("There are no firmware versions yet.").waitFor();
    const upload = async (version: string): Promise<void> => {
      await page.getByLabel("Image", { exact: true }).setInputFiles({
        name: "kettle <1>.bin",
        mimeType: "application/octet-stream",
        buffer: Buffer.from(`image of ${version}`),
      });
      await page.getByLabel("Version number").fill(version);
      await page.getByLabel("Title", { exact: true }).fill(`<b>v${version}</b>`);
      await page.getByRole("button", { name: "Upload", exact: true }).click();
    };
    await upload("70000");
    await page
      .getByRole("alert")
      .getByText(/version: must be/)
      .waitFor();
    await upload("1");
    await page.getByRole("heading", { name: "Version 1" }).waitFor();
    await page.getByText("unsigned").first().waitFor();
    await page.getByText("No device has reported this version.").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel("Description", { exact: true }).fill("Boils <faster>");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved.").waitFor();
    await page.getByRole("link", { name: "Groups" }).click();
    await page.getByLabel("Name", { exact: true }).fill("beta");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByRole("link", { name: "beta" }).click();
    await page.getByLabel("Ids of devices to add").fill(device);
    await page.getByRole("button", { name: "Add devices", exact: true }).click();
    await page.getByRole("cell", { name: "kettle", exact: true }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("link", { name: "Firmware" }).click();
    await page.getByRole("link", { name: "1: <b>v1</b>" }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(shown.problems).toEqual([]);
  });

  it("releases a version after its plan, halts it at once, and says why not yet", async () => {
    const { page, show } = shown;
    const { product, device } = await productWithDevice(call, "Boiler");
    const image = { version: 2, title: "v2", file: Buffer.from("image").toString("base64") };
    await call("POST", `/v1/products/${product}/firmware`, image);
    await show(`products/${product}/releases/new?version=2`);
    await page.getByLabel("Percent in all").first().fill("100");
    await page.getByRole("button", { name: "Remove wave 2" }).click();
    await page.getByRole("button", { name: "Show the plan", exact: true }).click();
    await page.getByText("Version 2 goes to 1 device, at most five at first.").waitFor();
    await page.getByRole("cell", { name: device }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel("Halts at failures").fill("4");
    await page.getByText("Show the plan again.").waitFor();
    await page.getByRole("button", { name: "Show the plan", exact: true }).click();
    await page.getByRole("button", { name: "Release to 1 device", exact: true }).click();
    await page.getByRole("heading", { name: "Release of version 2" }).waitFor();
    await page.getByRole("button", { name: "Halt now", exact: true }).click();
    await page.getByText("halted", { exact: true }).waitFor();
    await page.getByText("Every targeted device has exactly one state.").waitFor();
    await page.getByLabel("Why has this device not updated yet?").fill(device);
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await page
      .getByRole("status")
      .getByText(/halted|collecting|not/)
      .first()
      .waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 800 });
    expect(await overflows(page)).toBe(false);
    await page.setViewportSize({ width: 1_280, height: 900 });
    await page.getByRole("button", { name: "Cancel the release…" }).click();
    await page.getByText(/keep their firmware/).waitFor();
    await page.getByLabel("Reason (optional)").fill("<b>wrong</b> image");
    await page.getByRole("button", { name: "Cancel the release", exact: true }).click();
    await page.getByText("cancelled", { exact: true }).waitFor();
    await show(`products/${product}/devices/${device}`);
    await page.getByRole("button", { name: "Lock…" }).click();
    await page.getByLabel("Version", { exact: true }).fill("2");
    await page.getByRole("button", { name: "Lock", exact: true }).click();
    await page.getByRole("button", { name: "Unlock…" }).waitFor();
    await page.getByLabel("Groups", { exact: true }).fill("beta, staff");
    await page.getByRole("button", { name: "Save the groups", exact: true }).click();
    await page.getByText("Saved.").waitFor();
    await page.getByText("The device has reported no numbered version in this product.").waitFor();
    await page.getByText("The device has published no vitals in 30 days.").waitFor();
    const { body } = await call("GET", `/v1/products/${product}/devices/${device}`);
    expect(body).toMatchObject({ groups: ["beta", "staff"], desired_firmware_version: 2 });
    expect(await axeViolations(page)).toEqual([]);
    expect(shown.problems).toEqual([]);
  });

  it("opens, updates and resolves an incident, and schedules a maintenance", async () => {
    const { page, show } = shown;
    await show("operations");
    await page.getByRole("link", { name: "Open an incident" }).click();
    await page.getByLabel("Title", { exact: true }).fill("Webhooks <late>");
    await page.getByLabel("Message", { exact: true }).fill("We investigate.");
    await page.getByText(/Affected components/).click();
    await page.getByLabel(/^Integrations in/).selectOption("degraded performance");
    await page.getByRole("button", { name: "Open the incident", exact: true }).click();
    await page.getByRole("heading", { name: "Webhooks <late>" }).waitFor();
    await page.getByLabel("Message", { exact: true }).fill("A target is slow.");
    await page.getByLabel("Status", { exact: true }).selectOption("identified");
    await page.getByRole("button", { name: "Publish the update", exact: true }).click();
    await page.getByText("A target is slow.").first().waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole("button", { name: "Resolve…" }).click();
    await page.getByRole("button", { name: "Resolve", exact: true }).click();
    // Beside the dialogue, nobody could read it.
    await page.getByRole("dialog").getByRole("alert").waitFor();
    await page.getByLabel("Last message").fill("It works again.");
    await page.getByRole("button", { name: "Resolve", exact: true }).click();
    await page.getByLabel("Report in Markdown").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await page.getByText("resolved", { exact: true }).first().waitFor();
    await show("operations/incidents/new");
    await page.getByLabel("Kind", { exact: true }).selectOption({ value: "maintenance" });
    await page.getByLabel("Title", { exact: true }).fill("Update");
    await page.getByLabel("Message", { exact: true }).fill("The database is updated.");
    await page.getByLabel("From (your time)").fill("2099-01-01T10:00");
    await page.getByLabel("Until (your time)").fill("2099-01-01T11:00");
    await page.getByText(/Affected components/).click();
    await page.getByLabel(/^REST API in/).selectOption("under maintenance");
    await page.getByRole("button", { name: "Schedule the maintenance", exact: true }).click();
    await page.getByRole("button", { name: "Cancel the maintenance…" }).waitFor();
  });

  it("creates an OAuth client, whose secret is shown once, and deletes it", async () => {
    const { page, show } = shown;
    await show("clients");
    await page.getByLabel("Name", { exact: true }).fill("Dashboard <1>");
    await page.getByRole("button", { name: "Create an OAuth client", exact: true }).click();
    await page.getByText("The secret is shown only now.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Edit…" }).click();
    await page.getByLabel("Scopes of the client").fill("devices:list");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("cell", { name: "devices:list", exact: true }).waitFor();
    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("There are no OAuth clients.").waitFor();
  });

  it("changes the password, and stays signed in", async () => {
    const { page, show } = shown;
    await show("account");
    const next = `${cloud.user.password}-2`;
    const change = async (current: string, to: string): Promise<void> => {
      await page.getByLabel("Current password").fill(current);
      await page.getByLabel("New password", { exact: true }).fill(to);
      await page.getByLabel("New password again").fill(to);
      await page.getByRole("button", { name: "Change the password", exact: true }).click();
      await page.getByText("Other browsers are signed out.").last().waitFor();
    };
    await change(cloud.user.password, next);
    await page.getByRole("button", { name: "Enable…" }).click();
    await page.getByRole("img", { name: "QR code for an authenticator app" }).waitFor();
    await page.getByLabel("One-time password").fill("000000");
    await page.getByRole("button", { name: "Enable", exact: true }).click();
    await page.getByRole("alert").waitFor();
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.getByRole("heading", { name: "Account" }).count()).toBe(1);
  });

  it("leads to the reference of the API, which sends requests with the session", async () => {
    const { page, show } = shown;
    await show("");
    await page.getByRole("link", { name: "API reference" }).click();
    await page.getByRole("heading", { name: "The API of this cloud" }).waitFor();
    await page.goto(`${cloud.api}/console/reference/createProduct`);
    await page.getByLabel("Body to send").fill('{"name":"From the reference"}');
    await page.getByRole("button", { name: "Send…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("group", { name: "Answer" }).waitFor();
    const { body } = await call("GET", "/v1/products");
    expect(JSON.stringify(body)).toContain("From the reference");
    expect(shown.problems).toEqual([]);
  });

  it("returns the focus from a dialogue, which Escape closes", async () => {
    const { page, show } = shown;
    await show(`devices/${cloud.device.id}`);
    const release = page.getByRole("button", { name: "Release…" });
    await release.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Release this device?" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Release…");
    expect(shown.problems).toEqual([]);
  });
});
